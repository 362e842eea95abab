"""A letter shown to a person: as text, and as a page that cannot do anything."""

from __future__ import annotations

from html.parser import HTMLParser

from letters import file, letter
from opsplay.tasks.message.addresses import Address
from opsplay.tasks.message.preview import preview
from opsplay.tasks.message.preview_page import preview_page

EVIL = '"><script>alert(1)</script>'


class Page(HTMLParser):
    """What a browser would make of a page: its tags with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def frame(self) -> dict[str, str | None]:
        [found] = [attributes for tag, attributes in self.tags if tag == "iframe"]
        return found


def test_the_preview_is_a_letter_as_people_see_it() -> None:
    shown = letter(
        to=[Address("王芳", "w@example.com")],
        subject="周报",
        priority="high",
        in_reply_to=["<7@example.com>"],
        headers=[("X-Ticket", "7")],
        text="你好\n",
        attachments=[file("测试.txt", b"x" * 1234)],
    )
    assert preview(shown, bcc=[Address("", "boss@example.com")]) == (
        "From: a@example.com\n"
        "To: 王芳 <w@example.com>\n"
        "Bcc: boss@example.com\n"
        "Subject: 周报\n"
        "Priority: high\n"
        "In reply to: <7@example.com>\n"
        "X-Ticket: 7\n"
        "Attachment: 测试.txt (1,234 bytes)\n"
        "\n"
        "你好\n"
    )


def test_of_text_and_html_a_person_reads_the_text() -> None:
    shown = preview(letter(text="well\n", html="<p>well</p>"))
    assert shown.endswith("HTML: 11 characters\n\nwell\n")


def test_html_without_text_is_shown_as_it_is() -> None:
    assert preview(letter(html="<img>")).endswith("\n\n<img>\n")


def test_the_page_shows_headers_text_and_attachments() -> None:
    page = Page(
        preview_page(
            letter(subject="周报", text="你好 <b>\n", attachments=[file("a&b.txt", b"12345")]),
            bcc=[Address("", "boss@example.com")],
        )
    )
    for shown in ("周报", "你好 <b>", "a&b.txt (5 bytes)", "boss@example.com"):
        assert shown in page.text


def test_the_html_stands_in_a_frame_without_rights() -> None:
    frame = Page(preview_page(letter(html="<p title='&amp;'>\"x\"</p>"))).frame()
    assert frame["sandbox"] is None
    assert frame["srcdoc"] == "<p title='&amp;'>\"x\"</p>"


def test_pictures_are_on_the_page_itself() -> None:
    html = '<img src="cid:logo@x"><div style="background: url(cid:back%21)">'
    pictures = [file("l.png", b"\x89PNG", cid="logo@x"), file("b.gif", b"GIF", cid="back!")]
    assert Page(preview_page(letter(html=html, inline=pictures))).frame()["srcdoc"] == (
        '<img src="data:image/png;base64,iVBORw==">'
        '<div style="background: url(data:image/gif;base64,R0lG)">'
    )


def test_nothing_on_the_page_is_obeyed_or_loaded() -> None:
    page = preview_page(
        letter(
            sender=Address(EVIL, "a@example.com"),
            subject=EVIL,
            text=EVIL,
            html=f"</iframe>{EVIL}",
            headers=[("X-Evil", EVIL)],
            attachments=[file(EVIL)],
        )
    )
    tags = {tag for tag, _ in Page(page).tags}
    assert "script" not in tags
    assert "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\"" in page
