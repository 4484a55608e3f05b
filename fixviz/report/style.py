"""The report's style sheet: light and dark on screen, light in print."""

from __future__ import annotations

from typing import Final

from fixviz.drawing.svg_style import RULES, variables

STYLE: Final = (
    ":root{color-scheme:light dark;--paper:#fff;--box:#f2f5f6;--link:#0b6e7f;--shade:#17232b59;"
    + variables("light")
    + "}@media screen and (prefers-color-scheme:dark){:root{--paper:#10161a;--box:#1a2329;--link:#63c7d6;"
    "--shade:#ffffff66;"
    + variables("dark")
    + "}}"
    + RULES
    + """
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);line-height:1.5;overflow-wrap:break-word;
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
.page{max-width:1060px;margin:0 auto;padding:1.5rem 1rem 4rem}
h1{font-size:1.8rem;line-height:1.2;margin:0 0 .5rem}
h2{font-size:1.35rem;margin:2.6rem 0 .8rem;padding-top:.8rem;border-top:1px solid var(--rule)}
h3{font-size:1.08rem;margin:1.4rem 0 .5rem}
h4{font-size:.95rem;margin:.8rem 0 .4rem}
p{margin:.4rem 0;max-width:52rem}
a{color:var(--link)}
.author{font-size:1.1rem}
.notes{white-space:pre-line}
nav ul{list-style:none;padding:0;margin:1rem 0;display:flex;flex-wrap:wrap;gap:.3rem 1.2rem}
dl{display:grid;grid-template-columns:minmax(8rem,13rem) minmax(0,1fr);gap:.15rem 1rem;margin:.6rem 0}
dt{color:var(--soft)}
dd{margin:0}
.terms dt{font-weight:600;color:var(--ink)}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.87em}
code{overflow-wrap:anywhere}
pre{background:var(--box);padding:.7rem .9rem;border-radius:8px;white-space:pre-wrap;
overflow-wrap:anywhere;margin:.6rem 0}
.card{background:var(--box);border-radius:8px;padding:.4rem 1rem .7rem}
.card dl{grid-template-columns:7rem minmax(0,1fr)}
figure{margin:1.4rem 0 2rem}
figcaption{font-size:.9rem;margin-top:.5rem}
figcaption .follows,.follows{color:var(--soft)}
.beside{display:grid;grid-template-columns:minmax(0,540px) minmax(0,1fr);gap:0 1.5rem;align-items:center}
.row{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,300px),1fr));gap:.5rem 1.5rem}
.chart{max-width:540px}
.chart>svg{display:block;width:100%;height:auto;font-size:12px}
.pictures{display:grid;grid-template-columns:repeat(6,minmax(0,1fr));gap:.5rem}
.few{grid-template-columns:repeat(3,minmax(0,1fr));max-width:52rem}
.four{grid-template-columns:repeat(4,minmax(0,1fr))}
.picture img{display:block;width:100%;height:auto;border-radius:3px}
.picture span{font-size:.83rem;color:var(--soft)}
.colors{margin:.6rem 0}
.ramp{print-color-adjust:exact;-webkit-print-color-adjust:exact}
.scroll{overflow-x:auto;margin:.4rem 0;background:
linear-gradient(90deg,var(--paper) 40%,transparent) left/2.5rem 100% no-repeat local,
linear-gradient(270deg,var(--paper) 40%,transparent) right/2.5rem 100% no-repeat local,
linear-gradient(90deg,var(--shade),transparent) left/1rem 100% no-repeat scroll,
linear-gradient(270deg,var(--shade),transparent) right/1rem 100% no-repeat scroll}
.scroll::-webkit-scrollbar{height:.6rem;width:.6rem}
.scroll::-webkit-scrollbar-thumb{background:var(--gray);border-radius:.3rem}
table{border-collapse:collapse;font-size:.87rem}
th,td{padding:.22rem .7rem .22rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--rule)}
th{font-weight:600}
tbody th{font-weight:400}
.number{text-align:right;font-variant-numeric:tabular-nums}
details{margin:.4rem 0;font-size:.9rem}
summary{cursor:pointer;color:var(--link)}
details .scroll{max-height:22rem;overflow:auto}
footer{margin-top:3rem;color:var(--soft);font-size:.87rem}
@media (max-width:760px){.beside{grid-template-columns:minmax(0,1fr)}
.pictures{grid-template-columns:repeat(3,minmax(0,1fr))}}
@media (max-width:520px){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.4rem}
.pictures{grid-template-columns:repeat(2,minmax(0,1fr))}
.card dl{grid-template-columns:1fr}h1{font-size:1.45rem}}
@page{margin:16mm 14mm}
@media print{:root{color-scheme:light}body{font-size:10pt}.page{max-width:none;padding:0}
nav,details{display:none}
h2,h3,h4{break-after:avoid}
figure,.card,tr,pre{break-inside:avoid}
p{orphans:3;widows:3}
.pictures{grid-template-columns:repeat(6,1fr)}
.few{grid-template-columns:repeat(3,1fr);max-width:13cm}
.four{grid-template-columns:repeat(4,1fr)}
.row{grid-template-columns:repeat(2,1fr)}
.cards{grid-template-columns:repeat(auto-fit,minmax(5cm,1fr))}
.card dl{grid-template-columns:2.1cm minmax(0,1fr);font-size:8pt}
.beside{grid-template-columns:9cm 1fr}
.chart{max-width:9cm}
.scroll{overflow:visible;background:none}
table{font-size:8pt}
svg *{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""
)
