from __future__ import annotations

import json
import re

import pytest
from asgi_client import Client

from serving.http.api import build_app
from serving.http.guard.guard import Guard
from serving.http.page import FOLDER, PAGE_PATHS
from serving.http.runtime import Runtime
from serving.language.catalogue import LANGUAGES
from serving.settings import load_settings


@pytest.fixture(scope="module")
def client() -> Client:
    runtime = Runtime(load_settings())
    return Client(Guard(build_app(runtime), runtime))


def test_every_file_of_the_page_is_served(client: Client) -> None:
    files = {path for path in FOLDER.rglob("*") if path.is_file()}
    assert len(PAGE_PATHS) == len(files)
    made = {path for path in files if path.suffix in (".json", ".html")}
    served = {client.get(path).content for path in PAGE_PATHS}
    assert {path.read_bytes() for path in files - made} < served
    for path in FOLDER.glob("texts/*.json"):
        texts = client.get(f"/ui/texts/{path.name}").json()
        assert texts.items() >= json.loads(path.read_text(encoding="utf-8")).items()


def test_the_page_has_a_button_for_every_language_and_says_what_comes_first_in_each(client: Client) -> None:
    page = client.get("/ui").content.decode()
    assert re.findall(r'<button type="button" lang="(\w+)" data-language="(\w+)">(\w+)<', page) == [
        (code, code, client.get(f"/ui/texts/{code}.json").json()["language.name"]) for code in LANGUAGES
    ]
    for key in ("page.no_script", "page.broken"):
        for code in LANGUAGES:
            text = client.get(f"/ui/texts/{code}.json").json()[key]
            assert f'<span lang="{code}">{text}</span>' in page
    assert "<!--" not in page


def test_the_texts_have_the_names_that_the_sentences_have(client: Client) -> None:
    spanish = client.get("/ui/texts/es.json").json()
    assert (spanish["feature.tenure"], spanish["value.One year"]) == ("meses como cliente", "un año")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/ui", "text/html; charset=utf-8"),
        ("/ui/page.js", "text/javascript; charset=utf-8"),
        ("/ui/shared/language.js", "text/javascript; charset=utf-8"),
        ("/ui/page.css", "text/css; charset=utf-8"),
        ("/ui/texts/es.json", "application/json"),
        ("/ui/icon.svg", "image/svg+xml"),
    ],
)
def test_each_answer_says_what_it_is_and_what_it_may_load(path: str, kind: str, client: Client) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    policy = answer.headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"} <= set(
        policy
    )
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-cache"


def test_what_a_browser_has_is_not_sent_again(client: Client) -> None:
    first = client.get("/ui/page.js")
    again = client.get("/ui/page.js", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/ui/page.js", headers={"If-None-Match": '"older"'}).status_code == 200


@pytest.mark.parametrize(
    "path", ["/ui/", "/ui/index.html", "/ui/..%2fsettings.yaml", "/ui/page.py", "/ui/7590-VHVEG"]
)
def test_no_other_file_can_be_asked_for(path: str, client: Client) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_path")


def test_the_page_is_not_for_posting(client: Client) -> None:
    answer = client.post("/ui", json={})
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert answer.json()["error"]["message"] == "/ui takes GET, HEAD and no other method"
