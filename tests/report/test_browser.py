"""The report in a real browser: Chromium, as the system has it, driven without a screen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from maskwright.evaluation.scores import Scores
from maskwright.report.html import write_html
from tests.support.browser import Opened, focused, middle, pixels, shown, started_browser
from tests.support.reports import HOSTILE, several_classes, study_of, two_methods

WIDE, NARROW = (1280, 900), (390, 844)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for all tests; without any they are skipped, but in continuous integration fail."""
    with started_browser() as running:
        yield running


@pytest.fixture(scope="module")
def scores(tmp_path_factory: pytest.TempPathFactory) -> Scores:
    """Two methods, a study, and a photo with a script as its name."""
    found = two_methods(tmp_path_factory.mktemp("scores"))
    return replace(found, study=study_of(found))


@pytest.fixture(scope="module")
def report(scores: Scores, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_html(scores, path)
    return path


@pytest.fixture(scope="module")
def report_of_many_classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("classes")
    write_html(several_classes(folder, 30), folder / "report.html")
    return folder / "report.html"


@pytest.fixture
def opened(browser: Browser, report: Path) -> Iterator[Opened]:
    with browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]}) as context:
        seen = Opened(context.new_page(), report)
        yield seen
        assert seen.complaints == []
        assert seen.elsewhere() == []


@pytest.fixture
def page(opened: Opened) -> Page:
    return opened.page


def test_pictures_are_decoded_and_names_are_inert(page: Page) -> None:
    expect(page.get_by_role("heading", name=HOSTILE)).to_be_visible()
    assert page.title().endswith("evaluation")
    sizes = page.evaluate(
        """async () => {
            const sources = [...document.images].map((image) => image.src);
            for (const photo of document.querySelectorAll(".photo .tile.plain .picture")) {
                sources.push(getComputedStyle(photo, "::before").backgroundImage.slice(5, -2));
            }
            return Promise.all(sources.map(async (source) => {
                const image = new Image();
                image.src = source;
                await image.decode();
                return image.naturalWidth;
            }));
        }"""
    )
    # Of 8 photos the photo, the truth, two masks and two error maps; the suspects' pictures.
    assert len(sizes) == 8 * 6 + 3 * 2
    assert min(sizes) > 0


def test_filters(page: Page, scores: Scores) -> None:
    everything = shown(page)
    assert everything == [row.name for row in scores.worst(8)]
    page.get_by_role("searchbox").fill("PHOTO 3")
    assert shown(page) == ["more/photo 3"]
    expect(page.get_by_role("status").last).to_have_text("1 of 8 shown")
    page.get_by_role("searchbox").fill("nothing of the kind")
    assert shown(page) == []
    expect(page.get_by_text("No photo matches these filters.")).to_be_visible()
    page.get_by_role("button", name="Reset").click()
    expect(page.get_by_role("status").last).to_have_text("8 of 8 shown")
    assert shown(page) == everything

    second = {row.name: row.iou for row in scores.methods[1].rows}
    page.get_by_role("combobox", name="Method").select_option(scores.methods[1].name)
    assert shown(page) == sorted(everything, key=lambda name: second[name])
    page.get_by_role("combobox", name="Order").select_option("best first")
    assert shown(page)[0] == max(second, key=lambda name: second[name])
    page.get_by_label("IoU at least").fill("0.5")
    assert set(shown(page)) == {name for name, iou in second.items() if round(iou, 2) >= 0.5}
    page.get_by_label("IoU at most").fill("0.2")  # the lower end gives no way to the upper one
    assert page.get_by_label("IoU at most").input_value() == "0.5"

    page.get_by_role("button", name="Reset").click()
    page.get_by_label("methods differ").check()
    first = {row.name: row.iou for row in scores.rows}
    differ = [name for name in everything if abs(first[name] - second[name]) >= 0.1]
    assert shown(page) == differ and 0 < len(differ) < 8
    page.get_by_role("combobox", name="Order").select_option("name")
    assert shown(page) == sorted(differ)


def test_keys_lead_through_the_gallery(page: Page) -> None:
    names = shown(page)
    page.keyboard.press("j")
    assert focused(page) == (names[0], 0)
    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert focused(page) == (names[2], 1)
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("k")
    assert focused(page) == (names[1], 1)
    page.keyboard.press("End")
    assert focused(page) == (names[-1], 1)
    page.keyboard.press("ArrowDown")  # the last one stays the last
    assert focused(page) == (names[-1], 1)
    page.keyboard.press("Home")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert focused(page) == (names[0], 0)
    # Photos that are filtered away are stepped over.
    page.get_by_role("searchbox").fill("photo")
    page.get_by_role("searchbox").blur()
    page.keyboard.press("j")
    assert focused(page)[0] == next(name for name in names if "photo" in name)


def test_typing_a_name_triggers_no_keys(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("jt?1")
    expect(page.get_by_role("searchbox")).to_have_value("jt?1")
    assert page.locator("html").get_attribute("data-theme") is None
    assert page.locator("dialog[open]").count() == 0


def test_a_picture_is_enlarged_and_keys_go_on_there(page: Page, scores: Scores) -> None:
    names = shown(page)
    for key in ("j", "ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    viewer = page.locator("#viewer")
    expect(viewer).to_be_visible()
    expect(viewer.locator("#viewer-title")).to_have_text(names[0])
    said = viewer.locator("#viewer-said")
    expect(said).to_contain_text(f"near: IoU {scores.worst(1)[0].iou:.2f}")
    picture = viewer.locator("#stage .picture").bounding_box()
    tile = page.locator(".photo .picture").first.bounding_box()
    assert picture and tile and picture["width"] > 1.5 * tile["width"]
    assert picture["y"] + picture["height"] < WIDE[1]
    page.keyboard.press("ArrowRight")
    expect(said).to_contain_text("far & <b>off</b>: IoU")
    page.keyboard.press("ArrowDown")
    expect(viewer.locator("#viewer-title")).to_have_text(names[1])
    viewer.get_by_role("button", name="previous photo").click()
    expect(viewer.locator("#viewer-title")).to_have_text(names[0])
    page.keyboard.press("Escape")
    expect(viewer).to_be_hidden()
    expect(page.locator(".photo .tile button").nth(3)).to_be_focused()  # after the close event
    assert focused(page) == (names[0], 3)
    page.locator(".photo .tile button").nth(1).click()
    expect(said).to_have_text("truth")
    viewer.get_by_role("button", name="Close").click()
    expect(viewer).to_be_hidden()


def test_masks_are_shown_in_four_ways(page: Page) -> None:
    mask, errors = page.locator(".found .mask").first, page.locator(".found .errors").first
    page.locator(".photo").first.scroll_into_view_if_needed()
    visibility = "one => getComputedStyle(one).visibility"
    for key, mask_is, errors_are in (
        ("3", "hidden", "visible"),
        ("4", "hidden", "hidden"),
        ("2", "visible", "hidden"),
        ("1", "visible", "hidden"),
    ):
        page.keyboard.press(key)
        assert (mask.evaluate(visibility), errors.evaluate(visibility)) == (mask_is, errors_are)
        outlined = "outline" in mask.evaluate("one => getComputedStyle(one).filter")
        assert outlined == (key == "2")
    page.get_by_text("Errors", exact=True).click()
    assert errors.evaluate(visibility) == "visible"
    expect(page.get_by_text("false foreground")).to_be_visible()


def test_outline_mode_leaves_the_interior_clear(page: Page) -> None:
    """What the filter by opacity does to the pixels of a mask."""
    page.locator(".photo").first.scroll_into_view_if_needed()
    tile = page.locator(".photo .tile.truth").first
    for picture in ("plain", "filled", "outline"):
        page.locator(f"#view-{picture}").check(force=True)
        page.wait_for_timeout(50)
        shot = tile.locator(".picture").screenshot()
        if picture == "plain":
            plain = middle(shot)
        elif picture == "filled":
            assert abs(middle(shot) - plain).max() > 20
        else:
            assert abs(middle(shot) - plain).max() <= 2
            assert abs(pixels(shot) - pixels(shot)[0, 0]).max() > 100  # the outline is there


def test_theme_follows_the_system_until_it_is_chosen(browser: Browser, report: Path) -> None:
    def paper(page: Page) -> int:
        return int(
            page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0]")
        )

    with browser.new_context(color_scheme="dark") as context:
        page = Opened(context.new_page(), report).page
        assert paper(page) < 60
        expect(page.get_by_role("button", name="Change to light colours")).to_be_visible()
        page.keyboard.press("t")
        assert paper(page) > 200
        page.reload()
        assert paper(page) > 200
        page.get_by_role("button", name="Change to dark colours").click()
        assert paper(page) < 60
    with browser.new_context(color_scheme="light") as context:
        assert paper(Opened(context.new_page(), report).page) > 200


def test_help_lists_the_keys(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("j")  # asleep while help is open
    assert focused(page) == ("", -1)
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()
    page.get_by_role("button", name="Help: keys").click()
    expect(page.locator("#help")).to_be_visible()


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("which", ["report", "report_of_many_classes"])
def test_nothing_runs_out_of_the_page(
    browser: Browser, which: str, size: tuple[int, int], request: pytest.FixtureRequest
) -> None:
    report = request.getfixturevalue(which)
    with browser.new_context(viewport={"width": size[0], "height": size[1]}) as context:
        page = Opened(context.new_page(), report).page
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        beyond = page.evaluate(
            """() => [...document.querySelectorAll("main *")].filter((one) =>
                !one.closest(".scroll, svg, dialog, .hidden")
                && one.getBoundingClientRect().right > innerWidth + 1
            ).map((one) => one.outerHTML.slice(0, 80))"""
        )
        assert beyond == []


def test_without_scripts_all_can_be_read(browser: Browser, report: Path) -> None:
    with browser.new_context(java_script_enabled=False, color_scheme="dark") as context:
        page = context.new_page()
        page.goto(report.as_uri())
        assert len(shown(page)) == 8
        expect(page.locator("#filters")).to_be_hidden()
        expect(page.locator("#theme")).to_be_hidden()
        expect(page.locator("dialog")).to_have_count(2)
        expect(page.locator("dialog:visible")).to_have_count(0)
        # The switch of the masks is plain CSS.
        page.get_by_text("Errors", exact=True).click()
        expect(page.locator(".found .errors").first).to_be_visible()


def test_on_paper_controls_vanish_and_pictures_stay(page: Page, scores: Scores) -> None:
    page.emulate_media(media="print")
    for gone in ("nav", "#filters", "#theme"):
        expect(page.locator(gone)).to_be_hidden()
    expect(page.locator(".photo .mask").first).to_be_visible()
    assert len(page.pdf()) > 20_000
