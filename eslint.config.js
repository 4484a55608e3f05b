import js from "@eslint/js";
import globals from "globals";

// Names of the browser that a forgotten declaration would silently find.
const MISTAKEN = [
  "close",
  "event",
  "find",
  "length",
  "name",
  "open",
  "parent",
  "print",
  "status",
  "stop",
  "top",
];

export default [
  {
    ignores: [
      ".venv/",
      "build/",
      "dist/",
      "fixviz/browser/bundle/",
      "site/",
      "runs/",
      "test-results/",
    ],
  },
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "array-callback-return": "error",
      "consistent-return": "error",
      "default-case-last": "error",
      eqeqeq: "error",
      "guard-for-in": "error",
      "no-constructor-return": "error",
      "no-implicit-globals": "error",
      "no-promise-executor-return": "error",
      "no-restricted-globals": ["error", ...MISTAKEN],
      "no-self-compare": "error",
      "no-shadow": "error",
      "no-template-curly-in-string": "error",
      "no-throw-literal": "error",
      "no-unmodified-loop-condition": "error",
      "no-unreachable-loop": "error",
      "no-unused-expressions": "error",
      "no-use-before-define": ["error", { functions: false, classes: false, variables: false }],
      "no-useless-return": "error",
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
      "prefer-promise-reject-errors": "error",
      "require-atomic-updates": "error",
    },
  },
  { files: ["fixviz/**/*.js"], languageOptions: { globals: globals.browser } },
  { files: ["fixviz/**/*worker.js"], languageOptions: { globals: globals.worker } },
  // They stand in the HTML of a page, before all other scripts, so they are no modules.
  {
    files: ["fixviz/ui/{backend,history}.js", "fixviz/browser/site/{choice,early}.js"],
    languageOptions: { sourceType: "script" },
  },
  {
    files: ["tests/**/*.js", "benchmarks/**/*.js"],
    languageOptions: { globals: { ...globals.nodeBuiltin, WebAssembly: "readonly" } },
  },
];
