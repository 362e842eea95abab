"""Many mails over one connection: what leaves when, and what is known of each in the end."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from queue import Queue

import pytest

from mail_fault_actions import cut, cut_after, hang_up, last_words, reply, told
from mail_fault_session import Session
from mail_faults import Action, Fault, Work
from opsplay.runner.task import TaskError
from opsplay.tasks.clients.mail_account import MailAccount
from opsplay.tasks.clients.mail_words import MailError
from opsplay.tasks.clients.smtp import Result, SmtpSession
from opsplay.tasks.clients.smtp_envelope import Delivery, Envelope
from smtp_faults import SmtpFaults, SmtpOptions, Taken

PLAIN: tuple[str, ...] = ()
PIPELINING = ("PIPELINING",)
CHUNKING = ("PIPELINING", "CHUNKING")
WAYS = {"one by one": PLAIN, "pipelined": PIPELINING, "in chunks": CHUNKING}
LAST = {PLAIN: ".", PIPELINING: ".", CHUNKING: "BDAT"}

each_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


def server(way: Sequence[str], *faults: Fault, **options: object) -> SmtpFaults:
    given = SmtpOptions(extensions=tuple(way), mechanisms=(), **options)  # type: ignore[arg-type]
    return SmtpFaults(*faults, options=given)


def account(port: int) -> MailAccount:
    return MailAccount(host="127.0.0.1", port=port, tls="none", timeout=60)


@contextmanager
def session(server: SmtpFaults) -> Iterator[SmtpSession]:
    made = SmtpSession(account(server.port))
    made.open()
    with closing(made):
        yield made


def refuse(session: Session, _: Work) -> bytes:
    """Refuse a mail and forget it, as RFC 5321, 4.1.1.4 has it."""
    session._forget()  # type: ignore[attr-defined]  # of SMTP alone
    return session.worded("550 5.7.1 No")


def mail(number: int, *receivers: str, text: bytes = b"") -> Envelope:
    return Envelope(
        sender=f"me{number}@x.org",
        receivers=receivers or (f"you{number}@x.org",),
        pieces=[b"Subject: %d\r\n\r\n" % number, text],
    )


def mails(count: int) -> list[Envelope]:
    return [mail(number) for number in range(count)]


def send(server: SmtpFaults, envelopes: Iterable[Envelope]) -> list[Result]:
    with session(server) as made:
        return list(made.deliver_all(envelopes))


def taken(server: SmtpFaults) -> list[str]:
    return [mail.sender for mail in server.mails]


def delivered(result: Result) -> Delivery:
    assert isinstance(result, Delivery)
    return result


def failed(result: Result) -> MailError:
    assert isinstance(result, MailError)
    return result


# All is well ------------------------------------------------------------------------------------


@each_way
def test_many_mails_arrive_in_order_and_whole(way: Sequence[str]) -> None:
    with server(way) as there:
        results = send(there, mails(100))
        assert [result.reply.text for result in results if isinstance(result, Delivery)] == [
            f"2.0.0 Ok: queued as {number}" for number in range(1, 101)
        ]
        assert there.mails == [
            Taken(f"me{number}@x.org", (f"you{number}@x.org",), b"Subject: %d\r\n\r\n" % number, 1)
            for number in range(100)
        ]


@each_way
def test_dots_at_the_start_of_lines_arrive_as_they_are(way: Sequence[str]) -> None:
    pieces = [b".\r\n", b"..two\r\n", b"a.\r\n.\r\n\r\n", b".end\r\n", b"no\r\n"]
    envelope = Envelope(sender="me@x.org", receivers=["you@x.org"], pieces=pieces)
    with server(way) as there:
        send(there, [envelope])
        assert there.mails[0].data == b"".join(pieces)


@each_way
def test_large_mails_go_among_small_ones(way: Sequence[str]) -> None:
    texts = [
        b"",
        b"x" * 998 + b"\r\n",
        (b"y" * 998 + b"\r\n") * 700,
        b"",
        (b".\r\n") * 200_000,
        b"",
    ]
    envelopes = [mail(number, text=text) for number, text in enumerate(texts)]
    with server(way) as there:
        send(there, envelopes)
        assert [taken.data for taken in there.mails] == [b"".join(e.pieces) for e in envelopes]


def test_a_large_mail_waits_until_somebody_takes_it() -> None:
    with server(CHUNKING, refuses={"you0@x.org": "550 5.1.1 Who?"}) as there:
        [result] = send(there, [mail(0, text=b"x\r\n" * 200_000)])
        assert delivered(result).accepted == ()
        assert "BDAT" not in there.verbs()


@pytest.mark.parametrize("way", [PIPELINING, CHUNKING], ids=["pipelined", "in chunks"])
def test_a_mail_may_have_more_receivers_than_fit_into_a_packet(way: Sequence[str]) -> None:
    receivers = [f"{number}-{'x' * 100}@x.org" for number in range(5000)]
    with server(way, refuses=dict.fromkeys(receivers[::2], "550 5.1.1 " + "Who? " * 50)) as there:
        [result] = send(there, [mail(0, *receivers)])
        assert list(delivered(result).accepted) == receivers[1::2]
        assert list(delivered(result).refused) == receivers[::2]


@pytest.mark.parametrize(
    ("way", "verbs"),
    [
        (PIPELINING, ["MAIL", "RCPT", "DATA", ".", "MAIL", "RCPT", "DATA", "."]),
        (CHUNKING, ["MAIL", "RCPT", "BDAT", "RSET", "MAIL", "RCPT", "BDAT", "EHLO"]),
    ],
    ids=["pipelined", "in chunks"],
)
def test_the_dialogue_is_what_the_rfcs_say(way: Sequence[str], verbs: list[str]) -> None:
    with server(way) as there:
        send(there, mails(2))
        assert there.verbs()[2:-1] == verbs


def test_one_envelope_is_taken_ahead_and_no_more() -> None:
    taken: list[int] = []

    def taking() -> Iterator[Envelope]:
        for number in range(100):
            taken.append(number)
            yield mail(number)

    with server(PIPELINING) as there, session(there) as made:
        next(made.deliver_all(taking()))
        assert taken == [0, 1, 2]


@each_way
def test_whoever_journals_is_told_of_each_mail_before_it_can_have_arrived(
    way: Sequence[str],
) -> None:
    envelopes = [mail(0), mail(1, text=b"x\r\n" * 100_000), *(mail(n) for n in range(2, 50))]
    told: list[str] = []
    with server(way) as there, session(there) as made:

        def before_sending(group: Sequence[Envelope]) -> None:
            told.extend(envelope.sender for envelope in group)
            assert set(taken(there)).isdisjoint(envelope.sender for envelope in group)

        assert len(list(made.deliver_all(envelopes, before_sending))) == 50
    assert told == [envelope.sender for envelope in envelopes]


def test_a_large_mail_begins_to_leave_while_the_one_before_it_is_told_and_does_not_end() -> None:
    arrived: Queue[bytes] = Queue()
    with _script(_next_text(arrived)) as port, closing(SmtpSession(account(port))) as made:
        made.open()
        results = made.deliver_all([mail(0), mail(1, text=b"x" * 70_000 + b"\r\n")])
        assert delivered(next(results)).accepted
        assert arrived.get(timeout=10).startswith(b"Subject: 1\r\n")
        made.abort()
        [lost] = results
    assert (failed(lost).in_doubt, failed(lost).transient) == (False, True)


def test_what_a_server_says_in_the_midst_of_such_a_mail_is_told() -> None:
    def script(connection: socket.socket) -> None:
        _next_text(Queue())(connection)
        connection.sendall(b"552 5.3.4 enough\r\n")

    with _script(script) as port, closing(SmtpSession(account(port))) as made:
        made.open()
        [first, refused] = made.deliver_all([mail(0), mail(1, text=b"x\r\n" * 5_000_000)])
    assert delivered(first).accepted
    assert "552 5.3.4 enough" in failed(refused).msg
    assert not failed(refused).in_doubt


def _next_text(arrived: Queue[bytes]) -> Callable[[socket.socket], None]:
    """Take a mail, ask for the one that is announced behind it, and take some of that."""

    def script(connection: socket.socket) -> None:
        hello = b"250-x\r\n250 PIPELINING\r\n"
        asked = b"250 ok\r\n250 ok\r\n354 go\r\n"
        for said in (b"220 x\r\n", hello, asked):
            connection.sendall(said)
            connection.recv(10_000)
        connection.sendall(b"250 ok\r\n" + asked)
        arrived.put(connection.recv(10_000))

    return script


def test_what_became_of_a_large_mail_is_told_before_the_next_one_can_arrive() -> None:
    told: list[str] = []
    envelopes = [mail(number, text=b"x\r\n" * 50_000) for number in range(3)]
    with server(PIPELINING) as there, session(there) as made:

        def before_sending(group: Sequence[Envelope]) -> None:
            told.extend(envelope.sender for envelope in group)

        for result in made.deliver_all(envelopes, before_sending):
            told += delivered(result).accepted
    assert told == [f"{who}{number}@x.org" for number in range(3) for who in ("me", "you")]


def test_mails_written_ahead_are_journalled_by_the_group() -> None:
    groups: list[int] = []
    with server(CHUNKING) as there, session(there) as made:
        list(made.deliver_all(mails(96), lambda group: groups.append(len(group))))
    assert sum(groups) == 96
    assert len(groups) <= 6


# Refusals ---------------------------------------------------------------------------------------


@each_way
def test_a_receiver_who_is_refused_does_not_keep_the_others_from_it(way: Sequence[str]) -> None:
    with server(way, refuses={"b@x.org": "550 5.1.1 Who?"}) as there:
        [result, after] = send(there, [mail(0, "a@x.org", "b@x.org", "c@x.org"), mail(1)])
        assert delivered(result).accepted == ("a@x.org", "c@x.org")
        refusal = delivered(result).refused["b@x.org"]
        assert (refusal.code, refusal.enhanced, refusal.text) == (550, "5.1.1", "5.1.1 Who?")
        assert delivered(after).accepted == ("you1@x.org",)
        assert there.mails[0].receivers == ("a@x.org", "c@x.org")


@each_way
@pytest.mark.parametrize("at", range(3))
@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "the mail"])
def test_a_refusal_is_of_one_mail_alone(way: Sequence[str], verb: str, at: int) -> None:
    point = LAST[tuple(way)] if verb == "the mail" else verb
    fault = Fault(point, refuse if point == "." else reply("550 5.7.1 No"), after=at)
    with server(way, fault) as there:
        results = send(there, mails(3))
        others = [number for number in range(3) if number != at]
        assert taken(there) == [f"me{number}@x.org" for number in others]
        assert [delivered(results[number]).accepted for number in others] == [
            (f"you{number}@x.org",) for number in others
        ]
        if verb == "RCPT":
            assert delivered(results[at]).accepted == ()
        else:
            assert "550 5.7.1 No" in failed(results[at]).msg


@pytest.mark.parametrize("code", [451, 554])
@pytest.mark.parametrize("way", [PLAIN, PIPELINING], ids=["one by one", "pipelined"])
def test_a_server_may_refuse_data(way: Sequence[str], code: int) -> None:
    with server(way, Fault("DATA", reply(f"{code} 4.3.0 No"))) as there:
        [refused, after] = send(there, mails(2))
        error = failed(refused)
        assert (error.code, error.transient, error.in_doubt) == (code, code == 451, False)
        assert delivered(after).accepted == ("you1@x.org",)


def test_a_server_that_wants_a_mail_for_nobody_gets_a_lone_dot() -> None:
    refuses = {"you0@x.org": "550 5.1.1 Who?"}
    with server(PIPELINING, Fault("DATA", told("354 Go on")), refuses=refuses) as there:
        [refused, after] = send(there, mails(2))
        assert delivered(refused).accepted == ()
        assert delivered(after).accepted == ("you1@x.org",)


def test_what_is_in_the_way_of_one_mail_is_not_in_that_of_the_others() -> None:
    envelopes = [mail(0), mail(1, text=b"x" * 900 + b"\r\n"), mail(2)]
    with server(PIPELINING, size=500) as there:
        results = send(there, envelopes)
        assert "it has 916 bytes and the server takes 500" in failed(results[1]).msg
        assert taken(there) == ["me0@x.org", "me2@x.org"]


# What others raise --------------------------------------------------------------------------------


@each_way
def test_what_taking_an_envelope_raises_comes_after_the_mails_before_it(way: Sequence[str]) -> None:
    def failing() -> Iterator[Envelope]:
        yield mail(0)
        yield mail(1)
        raise TaskError("cannot render")

    results: list[Result] = []
    with server(way) as there, session(there) as made:
        with pytest.raises(TaskError, match="cannot render"):
            results.extend(made.deliver_all(failing()))
        assert taken(there) == ["me0@x.org", "me1@x.org"]
        assert made.alive()


@each_way
def test_an_address_that_would_begin_another_command_is_never_sent(way: Sequence[str]) -> None:
    bad = mail(1, "you@x.org>\r\nRCPT TO:<other@x.org")
    with server(way) as there, session(there) as made:
        with pytest.raises(TaskError, match="to holds a carriage return"):
            list(made.deliver_all([mail(0), bad, mail(2)]))
        assert taken(there) == ["me0@x.org"]


@each_way
def test_a_mail_that_cannot_be_journalled_is_not_sent(way: Sequence[str]) -> None:
    def full(_: Sequence[Envelope]) -> None:
        raise TaskError("the disk is full")

    with server(way) as there, session(there) as made:
        with pytest.raises(TaskError, match="the disk is full"):
            made.deliver(mail(0, text=b"x\r\n" * 50_000), full)
        assert not made.alive()
        assert there.mails == []


@each_way
def test_a_session_whose_mails_were_left_half_told_is_not_used_again(way: Sequence[str]) -> None:
    with server(way) as there, session(there) as made:
        results = made.deliver_all(mails(50))
        next(results)
        del results
        assert not made.alive()


# Lost connections -------------------------------------------------------------------------------

ENDS = {
    "cut before": cut,
    "cut after": cut_after(0),
    "cut within the reply": cut_after(2),
    "hung up": hang_up,
    "goodbye": last_words("421 4.3.2 Going down"),
    "goodbye after": told("421 4.3.2 Going down"),
}
POINTS = {
    **{f"{verb} one by one": (PLAIN, verb) for verb in ("MAIL", "RCPT", "DATA", ".")},
    **{f"{verb} pipelined": (PIPELINING, verb) for verb in ("MAIL", "RCPT", "DATA", ".")},
    **{f"{verb} in chunks": (CHUNKING, verb) for verb in ("MAIL", "RCPT", "BDAT")},
}


@pytest.mark.parametrize("after", [0, 2])
@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize(("way", "verb"), POINTS.values(), ids=POINTS)
def test_what_is_said_of_a_mail_is_true_wherever_the_connection_ends(
    way: Sequence[str], verb: str, end: Action, after: int
) -> None:
    with server(way, Fault(verb, end, after=after)) as there:
        begun: list[Envelope] = []
        results = send(there, _noted(mails(4), begun))
        there.wait()
        assert len(results) == len(begun)
        for envelope, result in zip(begun, results, strict=True):
            arrived = taken(there).count(envelope.sender)
            if isinstance(result, Delivery):
                assert arrived == 1
            elif not result.in_doubt and end is not ENDS["goodbye after"]:
                assert result.transient
                assert arrived == 0


def _noted(envelopes: Iterable[Envelope], begun: list[Envelope]) -> Iterator[Envelope]:
    for envelope in envelopes:
        begun.append(envelope)
        yield envelope


@each_way
def test_the_mail_whose_reply_is_lost_is_in_doubt(way: Sequence[str]) -> None:
    with server(way, Fault(LAST[tuple(way)], cut_after(0), after=1)) as there:
        [before, lost, *_] = send(there, mails(2))
        assert delivered(before).accepted
        assert failed(lost).in_doubt
        assert "nobody can know whether the server has taken it" in failed(lost).msg


@each_way
def test_a_mail_whose_last_byte_has_not_left_is_not_in_doubt(way: Sequence[str]) -> None:
    with server(way, Fault("RCPT", cut)) as there:
        [lost, *_] = send(there, [mail(0, text=b"x\r\n" * 200_000)])
        assert (failed(lost).in_doubt, failed(lost).transient) == (False, True)


def test_a_mail_that_nobody_wanted_is_not_in_doubt() -> None:
    refuses = {"you0@x.org": "550 5.1.1 Who?"}
    with server(CHUNKING, Fault("BDAT", cut_after(0)), refuses=refuses) as there:
        [refused] = send(there, mails(1))
        assert list(delivered(refused).refused) == ["you0@x.org"]


@each_way
def test_a_server_that_takes_leave_leaves_nothing_in_doubt(way: Sequence[str]) -> None:
    with server(way, Fault(LAST[tuple(way)], last_words("421 4.3.2 Bye"), after=1)) as there:
        [before, *after] = send(there, mails(10))
        assert delivered(before).accepted
        assert after
        assert {(failed(one).code, failed(one).in_doubt) for one in after} == {(421, False)}


@each_way
def test_another_session_goes_on_where_one_was_lost(way: Sequence[str]) -> None:
    envelopes = iter(mails(100))
    with server(way, Fault("MAIL", cut, after=10)) as there:
        begun = send(there, envelopes)
        rest = send(there, envelopes)
        assert len(begun) + len(rest) == 100
        assert all(isinstance(result, Delivery) for result in rest)


def test_why_a_server_ends_a_mail_in_its_midst_is_told() -> None:
    with _script(_lose_patience) as port, closing(SmtpSession(account(port))) as made:
        made.open()
        with pytest.raises(MailError, match=r"552 5\.3\.4 enough") as caught:
            made.deliver(mail(0, text=b"x" * 70 + b"\r\n" * 500_000))
        assert not caught.value.in_doubt


@contextmanager
def _script(script: Callable[[socket.socket], None]) -> Iterator[int]:
    """Serve one connection."""

    def serve(listener: socket.socket) -> None:
        with listener.accept()[0] as connection:
            script(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=[listener])
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def _lose_patience(connection: socket.socket) -> None:
    """Serve a mail until the first of its text comes."""
    for said in (b"220 x", b"250 x", b"250 ok", b"250 ok", b"354 go", b"552 5.3.4 enough"):
        connection.sendall(said + b"\r\n")
        connection.recv(1000)


# Asking beforehand ------------------------------------------------------------------------------


@each_way
def test_who_would_be_refused_can_be_asked_without_sending(way: Sequence[str]) -> None:
    with server(way, refuses={"b@x.org": "550 5.1.1 Who?"}) as there, session(there) as made:
        answer = made.probe(mail(0, "a@x.org", "b@x.org"))
        assert (answer.accepted, list(answer.refused)) == (("a@x.org",), ["b@x.org"])
        assert made.deliver(mail(1)).accepted
        assert taken(there) == ["me1@x.org"]


@each_way
def test_a_sender_who_would_be_refused_is_told_without_sending(way: Sequence[str]) -> None:
    with server(way, Fault("MAIL", reply("553 5.1.8 No"))) as there, session(there) as made:
        with pytest.raises(MailError, match=r"cannot send as me0@x\.org .*: 553 5\.1\.8 No"):
            made.probe(mail(0))
        assert made.deliver(mail(1)).accepted


@each_way
def test_everybody_may_be_refused_when_asked(way: Sequence[str]) -> None:
    with server(way, refuses={"a@x.org": "450 4.2.1 Busy"}) as there, session(there) as made:
        assert made.probe(mail(0, "a@x.org")).accepted == ()
        assert made.deliver(mail(1)).accepted
