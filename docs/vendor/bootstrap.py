"""Cut Bootstrap down to what is used here: python docs/vendor/bootstrap.py SASS_OUTPUT WHOLE_BOOTSTRAP

Writes static/css/vendor/bootstrap.min.css: rules whose classes a template, a form or a script names, and a
few small families whole, so that the next page finds them; custom properties that somebody asks for. What
Bootstrap has beyond that is listed in docs/vendor/bootstrap-left-out.txt, and a test keeps it out of the
templates.
"""

import re
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import tinycss2

HOUSE = Path(__file__).resolve().parents[2]
SHEET = HOUSE / "static" / "css" / "vendor" / "bootstrap.min.css"
LEFT_OUT = HOUSE / "docs" / "vendor" / "bootstrap-left-out.txt"
APPS = ("hmis", "facilities", "patients", "billing", "lab", "opd", "ipd", "reports", "abdm", "audit")
FAMILIES = re.compile(
    r"[mp][tbsexy]?-(?:[0-3]|auto)|gap-[0-3]|text-.*|fw-(?:bold|normal)|d-.*|[wh]-100|btn-(?:danger|link|sm)"
    r"|table-(?:responsive|hover)"
)
# Named by crispy-forms for layouts that none of our forms has.
OTHER_LAYOUTS = {
    "form-floating",
    "form-switch",
    "input-group",
    "alert-dismissible",
    "btn-close",
    "table-striped",
}
CLASS = re.compile(r"\.(-?[a-zA-Z_][\w-]*)")
PROPERTY = re.compile(r"(?<=[{;])(--[\w-]+):[^;}]*;?")
Rule = tuple[str, str]  # its selector or question, what it holds


def words() -> set[str]:
    """Every word of our templates, Python and scripts, and of the templates of crispy-forms' Bootstrap."""
    spec = find_spec("crispy_bootstrap5")
    folders = [HOUSE / "templates", HOUSE / "static" / "js", *(HOUSE / app for app in APPS)]
    folders += map(Path, (spec and spec.submodule_search_locations) or ())
    files = {
        file for folder in folders for kind in ("html", "py", "js") for file in folder.rglob(f"*.{kind}")
    }
    texts = [file.read_text() for file in files if file.parent.name != "vendor"]
    return set(re.findall(r"[\w-]+", " ".join(texts))) - OTHER_LAYOUTS


def classes(css: str) -> set[str]:
    return set(CLASS.findall(re.sub(r"\{[^{}]*\}", " ", css)))


def kept(css: str, used: set[str]) -> Iterator[Rule]:
    """The rules of whose selectors at least one is of use."""
    for rule in tinycss2.parse_rule_list(css, skip_comments=True, skip_whitespace=True):
        before, inside = tinycss2.serialize(rule.prelude), tinycss2.serialize(rule.content or [])
        if rule.type == "at-rule":
            if inside := written(kept(inside, used)):
                yield f"@{rule.at_keyword}{before}", inside
        else:
            selectors = re.split(r",(?![^(]*\))", before)
            if wanted := [selector for selector in selectors if _is_met(selector, used)]:
                yield ",".join(wanted), inside


def _is_met(selector: str, used: set[str]) -> bool:
    """Whether something here may wear all of its classes."""
    named = CLASS.findall(re.sub(r":not\([^)]*\)", "", selector))
    return all(name in used or FAMILIES.fullmatch(name) for name in named)


def written(rules: Iterator[Rule]) -> str:
    return "".join(f"{before}{{{inside}}}" for before, inside in rules)


def without_unasked(css: str) -> str:
    """Custom properties that no var() asks for go, then those that only they asked for."""
    own = "".join(sheet.read_text() for sheet in (HOUSE / "static" / "css").glob("*.css"))
    asked = set(re.findall(r"var\((--[\w-]+)", css + own))
    slimmer = PROPERTY.sub(lambda found: found[0] if found[1] in asked else "", css)
    return css if slimmer == css else without_unasked(slimmer)


def main(built: Path, whole: Path) -> None:
    css = built.read_text()
    licence = re.match(r"/\*!.*?\*/", css, re.DOTALL)
    slim = without_unasked(written(kept(css, words())))
    SHEET.write_text((licence[0] if licence else "") + slim)
    LEFT_OUT.write_text("\n".join(sorted(classes(whole.read_text()) - classes(slim))) + "\n")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
