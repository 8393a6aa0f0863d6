"""The recipe for a new language, taken in a copy: what is still to translate is listed, and all follows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from third_language import CODE, MARK, answer_of, copy_with_a_third_language, translate

from serving.language.catalogue import LANGUAGES

PROBLEMS = f"""
import json
from serving.errors import LanguageError
from serving.language.catalogue import FOLDER, catalogue, read_texts
from serving.language.page_texts import page_texts

def problems(read, *arguments):
    try:
        read(*arguments)
    except LanguageError as error:
        return str(error).splitlines()
    return []

print(json.dumps({{
    "catalogue": [line for path in sorted(FOLDER.glob("*.yaml")) for line in problems(read_texts, path)],
    "page": problems(page_texts, "{CODE}"),
    "first use": problems(catalogue),
}}))
"""
IN_USE = f"""
import json
from click.testing import CliRunner
from serving.commands.models import models
from serving.http.page import FOLDER, PAGE_PATHS, _content
from serving.http.schemas.model_answer import ModelRequest
from serving.language.language import Language
from training.commands.report import report

language = Language("{CODE}")
print(json.dumps({{
    "text": language.say("card.people.snapshot", base="b"),
    "name": language.label("classifier", "random_forest"),
    "number": language.number(1234.5, 1),
    "paths": sorted(PAGE_PATHS),
    "page": _content(FOLDER / "index.html").decode(),
    "enum": ModelRequest.model_json_schema()["properties"]["language"]["enum"],
    "show": CliRunner().invoke(models, ["show", "--help"]).output,
    "report": CliRunner().invoke(report, ["--help"]).output,
}}))
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_with_a_third_language(tmp_path_factory.mktemp("copy"))


def test_what_is_still_to_translate_is_listed_and_then_every_place_follows(copy: Path) -> None:
    texts = {
        path.name: yaml.safe_load(path.read_text(encoding="utf-8"))
        for path in sorted((copy / "serving" / "language").glob("*.yaml"))
    }
    of_page = json.loads((copy / "serving" / "ui" / "texts" / "en.json").read_text(encoding="utf-8"))
    listed = answer_of(copy, PROBLEMS)
    assert listed == {
        "catalogue": [
            f"{file}: {key} has no text in {CODE}; write it" for file, keys in texts.items() for key in keys
        ],
        "page": [f"ui/texts/{CODE}.json: {key} has no text in {CODE}; write it" for key in of_page],
        "first use": [f"card.yaml: {key} has no text in {CODE}; write it" for key in texts["card.yaml"]],
    }
    translate(copy)
    assert answer_of(copy, PROBLEMS) == {"catalogue": [], "page": [], "first use": []}
    used = answer_of(copy, IN_USE)
    assert used["text"] == f"{MARK}Everybody in the file of b, on the one date that it shows."
    assert (used["name"], used["number"]) == (f"{MARK}random forest", "1'234_5")
    assert f"/ui/texts/{CODE}.json" in used["paths"]
    assert (
        f'<button type="button" lang="{CODE}" data-language="{CODE}">{MARK}English</button>' in used["page"]
    )
    assert used["enum"] == [*LANGUAGES, CODE]
    for help_text in (used["show"], used["report"]):
        assert f"[{'|'.join([*LANGUAGES, CODE])}]" in help_text


def test_a_single_text_that_is_missing_is_named_with_its_language(tmp_path: Path) -> None:
    copy = copy_with_a_third_language(tmp_path)
    translate(copy)
    names = copy / "serving" / "language" / "names.yaml"
    content = yaml.safe_load(names.read_text(encoding="utf-8"))
    del content["feature.tenure"][CODE]
    names.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    page = copy / "serving" / "ui" / "texts" / f"{CODE}.json"
    texts = json.loads(page.read_text(encoding="utf-8"))
    texts["nav.model"] = " "
    page.write_text(json.dumps(texts), encoding="utf-8")
    assert answer_of(copy, PROBLEMS) == {
        "catalogue": [f"names.yaml: feature.tenure has no text in {CODE}; write it"],
        "page": [f"ui/texts/{CODE}.json: nav.model has no text in {CODE}; write it"],
        "first use": [f"names.yaml: feature.tenure has no text in {CODE}; write it"],
    }
