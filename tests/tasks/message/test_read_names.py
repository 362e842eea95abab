"""Names of files as they really come: RFC 2231, RFC 2047 where it must not be, raw bytes."""

from __future__ import annotations

import pytest

from opsplay.tasks.message.read import read

GBK = "测试.txt".encode("gbk")


@pytest.mark.parametrize(
    "disposition",
    [
        b"attachment; filename*=utf-8''%E6%B5%8B%E8%AF%95.txt",
        b"attachment; filename*=gbk''%B2%E2%CA%D4.txt",
        b"attachment; filename*=GB2312'zh-cn'%B2%E2%CA%D4%2Etxt",
        b"attachment; filename*0*=utf-8''%E6%B5; filename*1*=%8B%E8%AF%95; filename*2=.txt",
        b"attachment; filename*1=.txt;\r\n\tfilename*0*=utf-8''%E6%B5%8B%E8%AF%95",
        b'attachment; filename="=?gbk?B?suLK1C50eHQ=?="',
        b"attachment; filename==?gbk?B?suLK1C50eHQ=?=",
        b'attachment; filename="=?utf-8?B?5rWL6K+V?=\r\n =?utf-8?Q?=2Etxt?="',
        b'attachment; filename="' + GBK + b'"',
        b"attachment; filename=" + GBK,
        b'attachment; filename="' + "测试.txt".encode(),
        b"attachment; filename=\"x.txt\"; filename*=utf-8''%E6%B5%8B%E8%AF%95.txt",
        b'ATTACHMENT;FILENAME = "' + "测试.txt".encode() + b'" ; size=1',
        b'attachment; filename*0="=?utf-8?B?5rWL6K+V"; filename*1="?=.txt"',
        b"attachment; filename=utf-8''%E6%B5%8B%E8%AF%95.txt",
        b'attachment; filename*0="utf-8\'\'%E6%B5%8B"; filename*1="%E8%AF%95.txt"',
        b'attachment filename="=?utf-8?B?5rWL6K+V?=.txt"',
        b'attachment; name="=?utf-8?B?5rWL6K+V?=.txt"',
        b'filename="=?utf-8?B?5rWL6K+V?=.txt"',
        b"attachment; filename*0*=utf-8''%E6%B5%8B; filename*1*=utf-8''%E8%AF%95.txt",
        b"attachment; filename*0*=utf-8''%E6%B5%8B; filename*0*=x; filename*1*=%E8%AF%95.txt",
        b"attachment; filename*=utf-8''%E6%B5%8B%E8%AF%95.txt; filename*0=x; filename*1=.txt",
        b'attachment;\r\nfilename="=?utf-8?B?5rWL6K+V?=.txt"',
        b'attachment; filename="=?utf-8?B?5rWL6?=\r\n\t=?utf-8?B?K+V?=.txt"',
    ],
)
def test_a_file_name_is_decoded_however_it_is_written(disposition: bytes) -> None:
    mail = read(b"Content-Disposition: " + disposition + b"\r\n\r\nx")
    assert [file.name for file in mail.attachments] == ["测试.txt"]


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        (b"Content-Type: image/png; name=a b.png", "a b.png"),
        (b"Content-Type: image/png; name=a.png; name=b.png", "a.png"),
        (b'Content-Type: image/png; name="a "b" c.png"; x=y', 'a "b" c.png'),
        (b'Content-Type: image/png; name="C:\\\\x\\a.png"', "C:\\x\\a.png"),
        (b'Content-Type: image/png\r\nContent-Disposition: inline; filename="a;b.png"', "a;b.png"),
        (b"Content-Type: image/png\r\nContent-Location: http://x.org/y/a.png", "a.png"),
        (b"Content-Type: image/png\r\nContent-Description: a.png", "a.png"),
        (b"Content-Type: image/png\r\nContent-Description: our logo", "part-1.png"),
        (b"Content-Type: image/png; name=\r\nContent-Disposition: attachment", "part-1.png"),
        (b'Content-Type: image/png; charset="x" name="a.png"', "a.png"),
        (b"Content-Type: image/png; charset=x name=a.png", "a.png"),
        (b"Content-Disposition: attachment; size=12 filename=a b.png", "a b.png"),
        (b"Content-Type: image/png, name=a.png", "a.png"),
        (b"Content-Type: image/png; name=a.png (a comment)", "a.png"),
        (b'Content-Type: image/png; name="a\r\n\tb.png"', "a b.png"),
        (b"Content-Disposition: inline\r\nContent-Disposition: inline; filename=a.png", "a.png"),
        (
            b"Content-Disposition: inline; filename=a\r\nContent-Disposition: inline; filename=b",
            "a",
        ),
        (b"Content-Type: ; name=a.bin\r\nContent-Disposition: attachment", "a.bin"),
        (b'Content-Type: image/png; name="' + "日本.png".encode("iso2022_jp") + b'"', "日本.png"),
    ],
)
def test_a_name_is_found_wherever_it_stands(headers: bytes, name: str) -> None:
    assert [file.name for file in read(headers + b"\r\n\r\nx").attachments] == [name]
