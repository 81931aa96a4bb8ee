"""The report's page: it holds everything, loads nothing, and no name becomes markup."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest

from maskwright.evaluation.scores import MethodScores, Scores
from maskwright.evaluation.tiles import DisputeMap
from maskwright.report.html import html, write_html
from tests.support.reports import HOSTILE, several_classes, study_of, two_methods

_VOID_TAGS = {"meta", "link", "img", "input"}


class Page(HTMLParser):
    """Tags with their attributes, and the visible text; every opened tag must be closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID_TAGS:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self._open):
            self.text += data

    def count(self, tag: str, **wanted: str) -> int:
        return sum(
            name == tag and all(attributes.get(key) == value for key, value in wanted.items())
            for name, attributes in self.tags
        )


@pytest.fixture(scope="module")
def scores(tmp_path_factory: pytest.TempPathFactory) -> Scores:
    """Two methods on photos with odd names, and a study."""
    found = two_methods(tmp_path_factory.mktemp("scores"))
    return replace(found, study=study_of(found))


def test_everything_is_on_the_page(scores: Scores) -> None:
    page = Page(html(scores))
    text = " ".join(page.text.split())
    assert f"{scores.summary.iou:.3f}" in text
    for method in scores.methods:
        assert method.name in text
        low, high = method.intervals["iou"]
        assert f"{low:.3f} to {high:.3f}" in text
    for name in (*scores.baselines, *scores.classes, *scores.notes, *scores.warnings, HOSTILE):
        assert name in text
    first = scores.comparisons[0]
    assert f"{abs(first.difference):+.3f}" in text
    assert f"{first.losses} won, {first.wins} lost" in text
    assert page.count("article") == len(scores.gallery) == 8
    assert page.count("svg") > 6
    study = scores.study
    assert study and study.curve and study.calibration
    for said in (study.curve.sentence, "0.42", "the mask seems shifted", "nowhere", "new/0.jpg"):
        assert said in text
    assert "10 more are in scores.json" in text
    assert "intersection over union" in text


def test_no_name_becomes_markup(scores: Scores) -> None:
    page = Page(html(scores))
    assert page.count("script") == 2
    assert page.count("b") == 0
    # Names hold <i> too; the page's own are coloured patches.
    assert all("style" in found or "class" in found for tag, found in page.tags if tag == "i")
    for tag, attributes in page.tags:
        assert not any(name.startswith("on") for name in attributes), tag
        assert "src" not in attributes or str(attributes["src"]).startswith(
            "data:image/png;base64,"
        )


def test_nothing_is_loaded_and_only_known_scripts_run(scores: Scores) -> None:
    text = html(scores)
    addresses = set(re.findall(r"""(?:https?:)?//[\w.-]+""", re.sub(r"base64,[\w+/=]+", "", text)))
    assert addresses <= {"http://www.w3.org"}  # the name of SVG in the page's icon
    policy = next(
        str(attributes["content"])
        for tag, attributes in Page(text).tags
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert "default-src 'none'" in policy and "img-src data:;" in policy
    scripts = re.findall(r"<script>(.*?)</script>", text, re.S)
    assert len(scripts) == 2
    for script in scripts:
        digest = b64encode(sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]


def test_equal_scores_give_equal_files_written_whole(scores: Scores, tmp_path: Path) -> None:
    path = tmp_path / "new" / "report.html"
    write_html(scores, path)
    first = path.read_bytes()
    write_html(scores, path)
    assert path.read_bytes() == first == html(scores).encode()
    assert [one.name for one in path.parent.iterdir()] == ["report.html"]


def test_bytes_that_are_no_text_are_shown_as_question_marks(scores: Scores, tmp_path: Path) -> None:
    odd = replace(scores, notes=("a\udcff.jpg",))
    write_html(odd, tmp_path / "r.html")
    assert "a?.jpg" in (tmp_path / "r.html").read_text("utf-8")


def test_disputed_regions_of_a_fused_method_are_shown(scores: Scores) -> None:
    method = scores.methods[1].name
    disputes = DisputeMap(b"\x89PNG", 17, 3, 0.012)
    first = replace(scores.gallery[0], disputes={method: disputes})
    page = Page(html(replace(scores, gallery=(first, *scores.gallery[1:]))))
    said = "GrabCut's change accepted in 3 of 17 disputed regions, 1.2 % of the photo"
    address = f"data:image/png;base64,{b64encode(bytes(disputes.picture)).decode()}"
    assert page.count("figure", **{"data-said": f"{method}: {said}"}) == 1
    assert page.count("img", **{"class": "disputes", "src": address}) == 1
    without = Page(html(scores))
    assert without.count("img", **{"class": "disputes"}) == 0
    for text in (said, "GrabCut's change accepted", "GrabCut's change rejected"):
        assert text in page.text and text not in without.text


def test_without_pictures_the_worst_are_named(scores: Scores) -> None:
    page = Page(html(replace(scores, gallery=(), study=None)))
    assert page.count("article") == page.count("img") == 0
    assert "This report has no pictures" in page.text
    assert scores.worst(1)[0].name in page.text


def test_one_photo_one_method(tmp_path: Path) -> None:
    scores = two_methods(tmp_path, photos=1)
    alone = replace(scores, methods=scores.methods[:1], comparisons=())
    page = Page(html(alone))
    assert page.count("article") == 1
    assert page.count("input", id="disagree") == page.count("select", id="method") == 0
    assert "no interval" in page.text and "1 photo" in page.text


@pytest.mark.parametrize("classes", [3, 30])
def test_several_classes(tmp_path: Path, classes: int) -> None:
    scores = several_classes(tmp_path, classes)
    page = Page(html(scores))
    cells = sum(
        tag == "td" and "--share" in str(attributes.get("style")) for tag, attributes in page.tags
    )
    assert cells == classes**2
    assert "66.7" in page.text and "33.3" in page.text
    assert page.text.count(f"class {classes - 1} & co") >= 4  # metrics, confusion twice, legend


def test_confusion_is_of_the_true_class(tmp_path: Path) -> None:
    scores = several_classes(tmp_path, 3)
    (method,) = scores.methods
    styles = [str(found.get("style")) for tag, found in Page(html(scores)).tags if tag == "td"]
    shares = [float(style.split(":")[1]) for style in styles if "--share" in style]
    # Of six columns of each class, two are predicted as the class to the left.
    assert shares[3:6] == [0.333, 0.667, 0]
    empty = replace(method, confusion=((0, 0, 0), (0, 5, 0), (0, 0, 0)))
    text = Page(html(replace(scores, methods=(empty,)))).text
    assert text.count("–") == Page(html(scores)).text.count("–") + 6


def test_parts_of_a_study_may_be_missing(scores: Scores) -> None:
    study = study_of(scores)
    bare = replace(study, calibration=None, curve=None, suspects=(), label_next=())
    text = Page(html(replace(scores, study=bare))).text
    assert "3 models" in text
    for heading in ("Threshold", "more photos help", "Masks to check", "label next"):
        assert heading not in text
    assert study.calibration
    half = replace(study, calibration=replace(study.calibration, threshold=0.5))
    assert "No other threshold is better" in html(replace(scores, study=half))


def test_ten_thousand_photos_stay_a_small_page(scores: Scores) -> None:
    def grown(one: MethodScores) -> MethodScores:
        more = [replace(one.rows[at % 8], name=f"photo {at}") for at in range(9_992)]
        return replace(one, rows=(*one.rows, *more))

    text = html(replace(scores, methods=tuple(map(grown, scores.methods))))
    assert "10,000 photos" in text
    assert len(text) < len(html(scores)) + 20_000
