"""A copy of the project with one more language, as the recipe in `CONTRIBUTING.md` adds one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from report_texts import texts
from small_lakes import ROOT

from serving.language.catalogue import LANGUAGES

CODE = "eo"
MARK = "¤"
"""Begins every text of the made-up translation."""


def copy_with_a_third_language(folder: Path) -> Path:
    """Copy serving and training, and take the recipe's first step; nothing is translated yet."""
    for room in ("serving", "training"):
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__", "runs"))
    module = folder / "serving" / "language" / "catalogue.py"
    source = module.read_text(encoding="utf-8")
    now = _line_of(LANGUAGES)
    assert source.count(now) == 1
    module.write_text(source.replace(now, _line_of((*LANGUAGES, CODE))), encoding="utf-8")
    return folder


def _line_of(codes: Iterable[str]) -> str:
    quoted = ", ".join(f'"{code}"' for code in codes)
    return f"LanguageCode = Literal[{quoted}]"


def translate(folder: Path) -> None:
    """Take the other steps in a copy: every text in the made-up language is the English one with a mark."""
    for path in (folder / "serving" / "language").glob("*.yaml"):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        for of_key in content.values():
            of_key[CODE] = MARK + of_key["en"]
        if "number.example" in content:
            content["number.example"][CODE] = "1'234_5"
        path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    page = folder / "serving" / "ui" / "texts"
    english = json.loads((page / "en.json").read_text(encoding="utf-8"))
    translated = {key: MARK + text for key, text in english.items()}
    (page / f"{CODE}.json").write_text(json.dumps(translated), encoding="utf-8")
    prose = Catalog(locale=CODE)
    for text in sorted(texts()):
        prose.add(text, MARK + text)
    report = folder / "training" / "report" / "locale" / CODE
    report.mkdir()
    with (report / "report.po").open("wb") as file:
        write_po(file, prose)


def answer_of(folder: Path, script: str) -> Any:
    """Run a script on the copy and return what it prints, as JSON."""
    check = f"import serving; assert serving.__file__.startswith({str(folder)!r}), serving.__file__\n"
    done = subprocess.run(
        [sys.executable, "-c", check + script],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
