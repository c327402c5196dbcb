"""Make the bundled fonts anew: python docs/vendor/fonts.py NPM_FOLDER TTF_FOLDER WORD_LIST...

Screen: one variable woff2 a script (400 to 700). The own glyph of a rare conjunct is left out when no word of
the lists needs it and no consonant with a vowel sign makes it; it is then drawn as half form and consonant,
which is right Hindi too. Print: TTFs with all of Devanagari, and Latin with its signs.
Needs fonttools, brotli and uharfbuzz.
"""

import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import uharfbuzz
from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

STATIC = Path(__file__).resolve().parents[2] / "static" / "fonts"
LATIN = [*range(0x20, 0x7F), 0xA0, 0xB0, 0xB1, 0xB2, 0xB5, 0xB7, 0xD7, 0xF7, *range(0x2013, 0x2027), 0x2212]
DEVANAGARI = [*range(0x901, 0x951), *range(0x958, 0x973), 0x200C, 0x200D, 0x20B9, 0x25CC]
# Letters and signs of other languages: they come from the machine's own font.
OTHERS = {
    0x904,
    0x90E,
    0x912,
    0x929,
    0x931,
    0x934,
    0x93A,
    0x93B,
    0x946,
    0x94A,
    0x94E,
    0x94F,
    *range(0x960, 0x964),
}
PRINT_LATIN = [*range(0x20, 0x180), *range(0x2000, 0x20A0), 0x20B9, *range(0x2100, 0x2150), 0x25CC]
PRINT_DEVANAGARI = [0x20, 0xA0, *range(0x900, 0x980), 0x200C, 0x200D, 0x2010, 0x2013, 0x2014, 0x25CC]
CONSONANTS = [chr(c) for c in range(0x915, 0x93A) if c not in OTHERS] + [f"{c}़" for c in "कखगजडढफय"]
VOWEL_SIGNS = ["", *"ािीुूृेैोौॉॅ"]
SCREEN = {
    "flavor": "woff2",
    "hinting": False,
    "notdef_outline": False,
    "name_IDs": [1, 2, 13, 14],
    "drop_tables": ["gasp"],
}


def variable(path: Path) -> TTFont:
    return fresh(instancer.instantiateVariableFont(TTFont(path), {"wght": (400, 700)}))


def fresh(font: TTFont) -> TTFont:
    """Written and read again: the subsetter needs tables that nobody has changed in memory."""
    stream = BytesIO()
    font.flavor = None
    font.save(stream)
    return TTFont(BytesIO(stream.getvalue()))


def cut(font: TTFont, unicodes: list[int], to: Path, features: list[str], **options: Any) -> None:
    chosen = subset.Options(layout_features=features, glyph_names=False, **options)
    subsetter = subset.Subsetter(chosen)
    subsetter.populate(unicodes=unicodes)
    subsetter.subset(font)
    font.flavor = options.get("flavor")
    font.save(to)
    print(to.name, to.stat().st_size)


def syllables() -> Iterator[str]:
    """Each consonant with each vowel sign, with ra before and after it, and bare."""
    for c in CONSONANTS:
        yield from (f"{c}्", f"{c}ाँ", f"{c}ुँ", f"{c}ूँ", f"{c}ँ")
        for sign in VOWEL_SIGNS:
            yield from (f"{c}{sign}", f"{c}{sign}ं", f"{c}्र{sign}", f"र्{c}{sign}")


def glyphs_of(font: TTFont, texts: set[str]) -> set[str]:
    """The glyphs that these texts are drawn with."""
    stream = BytesIO()
    font.save(stream)
    shaper, order, used = uharfbuzz.Font(uharfbuzz.Face(stream.getvalue())), font.getGlyphOrder(), set()
    for text in texts:
        buffer = uharfbuzz.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        uharfbuzz.shape(shaper, buffer, {})
        used.update(order[glyph.codepoint] for glyph in buffer.glyph_infos)
    return used


def subtables(font: TTFont) -> Iterator[Any]:
    for lookup in font["GSUB"].table.LookupList.Lookup:
        yield from (getattr(table, "ExtSubTable", table) for table in lookup.SubTable)


def on_the_way(font: TTFont, keep: set[str]) -> set[str]:
    """The glyphs kept and those that rules turn into them, step by step."""
    rules = []
    for table in subtables(font):
        if table.LookupType == 4:
            rules += [
                ([k, *x.Component], [x.LigGlyph]) for k, found in table.ligatures.items() for x in found
            ]
        elif table.LookupType in (1, 2):
            rules += [([k], [v] if isinstance(v, str) else v) for k, v in table.mapping.items()]
    while True:
        more = {glyph for used, made in rules if keep.intersection(made) for glyph in used} - keep
        if not more:
            return keep
        keep = keep | more


def forget_rare_conjuncts(font: TTFont, texts: set[str]) -> None:
    keep = on_the_way(font, glyphs_of(font, texts))
    for table in subtables(font):
        if table.LookupType == 4:
            kept = {k: [x for x in found if x.LigGlyph in keep] for k, found in table.ligatures.items()}
            table.ligatures = {k: found for k, found in kept.items() if found}
        elif table.LookupType == 1:
            table.mapping = {k: v for k, v in table.mapping.items() if v in keep}


def forget_other_languages(font: TTFont) -> None:
    """Marathi, Nepali and Sanskrit write some letters otherwise; our pages are Hindi."""
    for table in ("GSUB", "GPOS"):
        for record in font[table].table.ScriptList.ScriptRecord:
            record.Script.LangSysRecord = []
            record.Script.LangSysCount = 0


def main(npm: Path, noto: Path, *lists: Path) -> None:
    words = {word for path in lists for word in re.findall("[ऀ-ॿ]+", path.read_text(encoding="utf-8"))}
    latin = variable(npm / "noto-sans" / "files" / "noto-sans-latin-wght-normal.woff2")
    cut(latin, LATIN, STATIC / "noto-sans.woff2", ["ccmp", "kern", "mark", "tnum"], **SCREEN)
    hindi = variable(
        npm / "noto-sans-devanagari" / "files" / "noto-sans-devanagari-devanagari-wght-normal.woff2"
    )
    forget_rare_conjuncts(hindi, words | set(syllables()))
    forget_other_languages(hindi)
    wanted = [letter for letter in DEVANAGARI if letter not in OTHERS]
    screen = STATIC / "noto-sans-devanagari.woff2"
    cut(fresh(hindi), wanted, screen, ["*"], layout_scripts=["DFLT", "dev2", "deva"], **SCREEN)
    cut(fresh(TTFont(screen)), wanted, screen, ["*"], **SCREEN)  # what only the first cut left without a use
    for name in (
        "NotoSans-Regular",
        "NotoSans-Bold",
        "NotoSansDevanagari-Regular",
        "NotoSansDevanagari-Bold",
    ):
        wanted = PRINT_DEVANAGARI if "Devanagari" in name else PRINT_LATIN
        cut(
            TTFont(noto / f"{name}.ttf"), wanted, STATIC / f"{name}.ttf", ["*"], hinting=False, name_IDs=["*"]
        )


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
