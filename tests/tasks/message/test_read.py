"""Mail as it really comes: wrong, missing and lying charsets, broken words, broken structure."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from opsplay.tasks.message.read import read


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (b"plain", "plain"),
        (b"=?utf-8?B?5rWL6K+V?=", "测试"),
        (b"=?gb2312?B?suLK1A==?=", "测试"),
        (b"=?gb2312?B?6UY=?=", "镕"),
        (b"=?GBK?Q?=B2=E2=CA=D4?=", "测试"),
        (b"=?utf-8?Q?=E6=B5?=\r\n =?utf-8?Q?=8B?=", "测"),
        (b"=?utf-8?B?5rWL6K+V?= and =?utf-8?B?5rWL?=", "测试 and 测"),
        (b"Re: =?utf-8*zh?B?5rWL6K+V?=", "Re: 测试"),
        (b'"=?utf-8?B?5rWL6K+V?="', '"测试"'),
        (b"=?utf-8?Q?a b_c?=", "a b c"),
        (b"=?utf-8?B?5rWL 6K+V?=", "测试"),
        (b"=?gbk?Q?caf=E9_=B2?=", "café ²"),
        (b"=?unknown-8bit?B?5rWL6K+V?=", "测试"),
        (b"=?utf-8?B?suLK1LLiytQ=?=", "测试测试"),
        ("测试".encode(), "测试"),
        ("这是测试".encode("gbk"), "这是测试"),
        ("café crème".encode("latin-1"), "café crème"),
        (b"=?iso-2022-jp?B?GyRCRnxLXDhsGyhC?=", "日本語"),
        (b"=?iso-2022-jp?B?GyRCLSEtakY8GyhC?=", "①㈱銅"),
        (b"=?iso-2022-jp-ms?B?GyRCLSEbKEI=?=", "①"),
        ("日本語 1".encode("iso2022_jp"), "日本語 1"),
        (b"=?windows-949?B?x9Gxug==?=", "한군"),
        (b"=?x-mac-roman?Q?caf=8E?=", "café"),
        (b"=?x-mac-ce?Q?caf=8E?=", "café"),
        (b"=?cp-850?Q?caf=82?=", "café"),
        (b"=?dos-850?Q?caf=82?=", "café"),
        (b"=?iso88591?Q?caf=E9?=", "café"),
        (b"=?iso-8859-1-windows-3.1-latin-1?Q?caf=E9?=", "café"),
        (b"=?iso-utf-8?Q?caf=C3=A9?=", "café"),
        (b"=?broken", "=?broken"),
        (b"one\r\n two\r\n\tthree", "one two three"),
        (b"=?utf-8?Q?a=0D=0ABcc:_x?=", "a Bcc: x"),
        (b"=?utf-8?Q?is_this_so??=", "is this so?"),
        (b"=?utf-8?Q?caf=c3=a9", "café"),
        (b"=?utf-8?Q?caf=c3=a9?", "café"),
        (b"=?utf-8?Q?one_=?utf-8?Q?two?=", "one two"),
        (b"=?utf-8?Q?a?==?utf-8?Q?b?=", "ab"),
        (b"=? utf-8 ?B? 5rWL6K+V?=", "测试"),
        (b"=?utf-8?B?w7_Dvw?=", "ÿÿ"),
        (b"=?iso-8859-1?Q?M=C3=BCnchen?=", "München"),
        (b"=?gb2312?B?5rWL6K+V5pWw5o2u?=", "测试数据"),
        ("測試檔案".encode("big5"), "測試檔案"),
        ("会議の資料".encode("shift_jis"), "会議の資料"),
        ("Привет из Москвы".encode("koi8-r"), "Привет из Москвы"),
        ("Привет из Москвы".encode("cp1251"), "Привет из Москвы"),
        (b"=?utf-8?B?5rWL6?= =?utf-8?B?K+V?=", "测试"),
        (b"=?utf-8?B?5?=\r\n =?UTF-8?b?rWL6K+V?=", "测试"),
        (b"=?utf-8?B?5rWL6K8?= =?utf-8?B?lQ?=", "测试"),
        (b"=?utf-8?Q?=E6=B5?= =?utf-8?B?i+ivlQ==?=", "测试"),
        (b"=?iso 8859-1?Q?caf=E9?=", "café"),
        (b"=?utf-8?Q?abc=?=", "abc="),
        (b"=?utf-8?B?5rWL?=\r\n=?utf-8?B?6K+V?=", "测试"),
        (b"=?utf-8?Q?caf=C3=A9_=FF?=", "café \ufffd"),
        (b"=?utf-8?Q?=ED=A0=BD=ED=B8=80?=", "\U0001f600"),
        (b"=?iso-2022-cn?B?GyQpQQ49Ozs7Dw==?=", "交换"),
        (b"=?KSC_5601?B?x9Gx2w==?=", "한글"),
        (b"=?x-mac-icelandic?Q?=DE=97r=DDur?=", "Þórður"),
        (b"=?ibm00858?Q?5_=D5?=", "5 €"),
        (b"=?eucjp-win?B?xvzL3A==?=", "日本"),
        (b"=?turkish?Q?=F0=FD=FE?=", "ğış"),
        ("テスト".encode("shift_jis"), "テスト"),
        ("許功蓋".encode("big5"), "許功蓋"),
        (b"=?iso-2022-kr?B?DkdRMVsP?=", "한글"),
        (b"=?euc-jp?B?xvzL3K2h?=", "日本①"),
        (b"=?big5?B?o+E=?=", "€"),
        (b"", ""),
    ],
)
def test_a_subject_is_decoded_whatever_its_encoding(subject: bytes, expected: str) -> None:
    assert read(b"Subject: " + subject + b"\r\n\r\n").subject == expected


def test_raw_bytes_are_in_the_charset_of_the_text_beside_them() -> None:
    mail = read(
        """Subject: 문서
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; charset=euc-kr

한국어
--b
Content-Disposition: attachment; filename=문서.hwp

--b--
""".encode("euc-kr")
    )
    assert (mail.subject, mail.text) == ("문서", "한국어")
    assert [file.name for file in mail.attachments] == ["문서.hwp"]


@pytest.mark.parametrize(
    ("charset", "data", "expected"),
    [
        ("utf-8", "你好".encode(), "你好"),
        ("gb2312", "朱镕基".encode("gbk"), "朱镕基"),
        ("gb2312", "㐀你好".encode("gb18030"), "㐀你好"),
        ("utf-8", "你好,世界".encode("gbk"), "你好,世界"),
        ("us-ascii", "你好".encode(), "你好"),
        ("us-ascii", "日本語".encode("iso2022_jp"), "日本語"),
        ("", "你好,世界".encode("gbk"), "你好,世界"),
        ("x-nobody-knows", "naïve".encode("latin-1"), "naïve"),
        ("utf-8", "Grüße aus Köln".encode("cp1252"), "Grüße aus Köln"),
        ("utf-8", "一".encode() * 20 + b"\xff", "一" * 20 + "\ufffd"),
        ("iso-8859-1", b"\x93quoted\x94", "“quoted”"),
        ("unicode_escape", b"\\x41\xe9", "\\x41é"),
        ("utf-8", b"\xef\xbb\xbfwith a mark \xc3\xa9", "with a mark é"),
        ("big5", "中文".encode("big5"), "中文"),
        ("utf-7", b"&+AOk- a+b.", "&é a\ufffd"),
        ("utf-7", "é".encode(), "é"),
        ("utf-16", b"plain", "plain"),
        ("utf-16", "测试".encode("utf-16"), "测试"),
        ("gb2312", "你好，发票".encode(), "你好，发票"),
        ("us-ascii", "Привет, как дела".encode("koi8-r"), "Привет, как дела"),
        ("", "こんにちは日本".encode("euc-jp"), "こんにちは日本"),
        ("", "안녕하세요, 확인 바랍니다.".encode("euc-kr"), "안녕하세요, 확인 바랍니다."),
        ("", "СРОЧНО: «счет» на оплату".encode("cp1251"), "СРОЧНО: «счет» на оплату"),
        ("", "您好，請查收附件。".encode("big5"), "您好，請查收附件。"),
        ("", "第三季度财务报表".encode("gbk"), "第三季度财务报表"),
        ("", "“Übung” – für größere Äpfel".encode("cp1252"), "“Übung” – für größere Äpfel"),
        ("ks_c_5601-1987", "한국어".encode("euc-kr"), "한국어"),
        ("unicode", "hello, 日本".encode("utf-16-le"), "hello, 日本"),
        ("unicode", "日本語です".encode("utf-16-be"), "日本語です"),
        ("ucs-2", "hello".encode("utf-16-be"), "hello"),
        ("iso-2022-cn", b"\x1b$)A\x0e=;;;\x0f 1", "交换 1"),
        ("iso-2022-kr", b"\x1b$)C\n\x0eGQ1[ GQ1[\x0f a\n\x0eGQ\x0f", "\n한글 한글 a\n한"),
        ("iso-8859-1", "日本語".encode("iso2022_jp"), "日本語"),
        ("iso-8859-2 (of some)", "łódź".encode("iso8859-2"), "łódź"),
        ("utf-8", "日本語".encode()[:-1], "日本\ufffd"),
        ("big5", b"\xa4\xa4\xff\xa4\xe5", "中\ufffd文"),
    ],
)
def test_text_is_decoded_whatever_its_charset_claims(
    charset: str, data: bytes, expected: str
) -> None:
    head = f"Content-Type: text/plain; charset={charset}\r\n\r\n".encode()
    assert read(head + data).text == expected


def test_a_lie_is_told_as_a_defect() -> None:
    mail = read(b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + "你好世界".encode("gbk"))
    assert mail.defects == ["the charset is said to be utf-8, the text was read as gb18030"]


def test_html_names_its_charset_itself() -> None:
    page = '<meta charset="gbk"><p>é测'.encode("gb18030")
    assert read(b"Content-Type: text/html\r\n\r\n" + page).html.endswith("é测")


@pytest.mark.parametrize(
    ("encoding", "body", "expected"),
    [
        ("base64", b"5rWL\r\n6K+V\r\n", "测试"),
        ("base64", b"5rWL!6K+V", "测试"),
        ("base64", b"5rWL6K+VYQ", "测试a"),
        ("base64", b"YQ==YQ==", "aa"),
        ("base64", b"YWJjZ", "abc"),
        ("base64", b"YWJj ZGVm Z2hp amts", "abcdefghijkl"),
        ("base64", b"YWJj " * 15 + b"YW Jj " + b"YWJj " * 15, "abc" * 31),
        ("base64", b"  YWJj  \r\n  ZGVm  \r\n", "abcdef"),
        ("base64", b"w7_Dvw", "ÿÿ"),
        ("base_64", b"YQ==", "a"),
        ("base64", b"5rWL\r\n6K+V\r\nYQ==\r\n____\r\nThe list", "测试a"),
        ("base64", b"5rWL\r\n6K+V\r\n\r\nThe list of us\r\n", "测试"),
        ("base64", b"5rWL\n6K+V\n\n____\nThe list of us\n", "测试"),
        ("base64", b"5rWL\r\n\r\n6K+V\r\n\r\n", "测试"),
        ("base64", b"5rWL\r\n6K+V\r\n--b-", "测试"),
        ("base-64", b"5rWL6K+V", "测试"),
        ("base64", b"This is no base64 at all.", "This is no base64 at all."),
        ("base64", b"no points nor commas in this either", "no points nor commas in this either"),
        ("X-base64; x=y", b"YQ==", "a"),
        ("quoted-printable", b"a=\rb=", "ab"),
        ("Quoted Printable", b"=C3=A9", "é"),
        ("quoted-printable", b"=E6=B5=8B=\r\n!", "测!"),
        ("quoted-printable", b"=E6=B5=8B= \r\n!", "测!"),
        ("quoted-printable", b"50=ZZ%=", "50=ZZ%"),
        ("quoted-printable", b"a==3D==b\n", "a====b\n"),
        ("quoted-printable", b"a==3D", "a=="),
        ("quoted-printable", b"a \t\r\n b=20\n\t\nc ", "a\n b \n\nc "),
        ("BASE64 ", b"YQ==", "a"),
        ("x-unknown", b"as it is", "as it is"),
    ],
)
def test_a_body_is_decoded_as_well_as_can_be(encoding: str, body: bytes, expected: str) -> None:
    head = f"Content-Transfer-Encoding: {encoding}\r\n\r\n".encode()
    assert read(head + body).text == expected


FRAGMENTS = [
    b"\r\n", b"\n", b"\r", b"--b", b"--", b";", b'"', b"=?", b"?=", b"=?utf-8?B?", b"=?x?Q?=4",
    b"Content-Type: multipart/mixed; boundary=b", b"Content-Type: text/html; charset=",
    b"Content-Transfer-Encoding: base64", b"Content-Disposition: attachment; filename*0*=",
    b"Subject: ", b"From: ", b"To: ", b"Date: ", b"utf-16", b"utf-7", b"idna", b"''", b"%E6",
    b"<", b">", b"(", b":", b"@", b",", b"\\", b"\xb2\xe2", b"\xff", b"\0", b"a" * 100, b" ",
]  # fmt: skip


@given(st.lists(st.sampled_from(FRAGMENTS) | st.binary(max_size=4), max_size=60).map(b"".join))
@settings(max_examples=500)
@example(b"\r\n \r\n")
@example(b'To: "' + b'\\"' * 30_000)
@example(b"Content-Type: " + b"; a" * 20_000)
@example(b"Content-Type: ;" + b"a" * 60_000)
@example(b"Subject: " + b"=?a?q?" * 10_000)
def test_nothing_is_too_broken_to_be_read(raw: bytes) -> None:
    mail = read(raw)
    assert "\n" not in mail.subject
