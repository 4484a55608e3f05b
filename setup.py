"""Only what pyproject.toml cannot say: a wheel carries the app's pages, samples and checkpoints."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent


class BuildWithResources(build_py):
    """Copies what lies beside the package in a clone to fixviz/bundled (see fixviz/resources.py)."""

    def run(self) -> None:
        """Build, then copy."""
        super().run()
        if self.editable_mode:
            return
        bundled = Path(self.build_lib) / "fixviz" / "bundled"
        shutil.rmtree(bundled, ignore_errors=True)
        bundled.mkdir(parents=True)
        for name in ("pages", "assets", "checkpoints", ".streamlit"):
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, bundled / name, ignore=ignored)
        shutil.copy(ROOT / "app.py", bundled)
        (bundled / "docs").mkdir()
        shutil.copy(ROOT / "docs" / "results.json", bundled / "docs")


setup(cmdclass={"build_py": BuildWithResources})
