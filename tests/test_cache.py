"""The cache of answers and their codings: whole answers or none, whatever happens to the disk."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from itertools import repeat
from pathlib import Path
from shutil import rmtree
from textwrap import dedent
from time import perf_counter, sleep, time

import brotli
import pytest
import zstandard

from homegraph.endpoint.message import Reply
from homegraph.endpoint.serving.cache import SHARED_FROM, SPARE, TOUCH, Cache
from homegraph.endpoint.serving.coding import (
    choose,
    compress,
    matching,
    unless_known,
    varied,
    worth,
)

JSON = "application/sparql-results+json"
ROWS = b'{"s":{"type":"uri","value":"http://example.org/a"}},' * 400
MEMORY, DISK = 1_000_000, 20_000_000
DECODED: dict[str, Callable[[bytes], bytes]] = {
    "zstd": lambda coded: zstandard.ZstdDecompressor().decompressobj().decompress(coded),
    "br": brotli.decompress,
    "gzip": gzip.decompress,
}


def answer(body: bytes = ROWS, content_type: str = JSON, status: int = 200) -> Reply:
    headers = [("Content-Type", content_type), ("ETag", '"tag"'), ("Vary", "Accept")]
    return Reply(status, headers, body, rows=3)


def spooled(folder: Path, body: bytes = ROWS) -> Reply:
    folder.mkdir(exist_ok=True)
    file = folder / f"answer-{sha256(body).hexdigest()[:8]}"
    file.write_bytes(body)
    return replace(answer(b""), file=str(file), spooled=True)


def body_of(reply: Reply | None) -> bytes:
    assert reply is not None
    return Path(reply.file).read_bytes() if reply.file else reply.body


def age(path: Path, seconds: float) -> None:
    """Let a file have been used last so long ago."""
    os.utime(path, (time() - seconds,) * 2)


def index(folder: Path) -> Path:
    """The one file of an answer that names its headers."""
    (found,) = (path for path in (folder / "cache").iterdir() if "." not in path.name)
    return found


# -- in memory


def test_an_answer_is_kept() -> None:
    cache = Cache(None, MEMORY, DISK)
    assert cache.get(b"a") is None
    reply = answer()
    assert cache.put(b"a", reply, 1.0) is reply
    assert cache.get(b"a") is reply
    assert (cache.hits, cache.shared, cache.misses) == (1, 0, 1)


def test_what_was_not_used_for_longest_goes_first() -> None:
    cache = Cache(None, 100_000, 0)
    for name in b"abcd":
        cache.put(bytes([name]), answer(b"x" * 10_000), 0)
    one = cache.held // 4
    for number in range(20):
        assert cache.get(b"a") is not None
        cache.put(b"%d" % number, answer(b"x" * 10_000), 0)
        assert cache.held <= 100_000
    assert cache.get(b"a") is not None
    assert cache.get(b"b") is None
    assert cache.evicted > 10
    assert one > 10_000 + len("Content-Type" + JSON)


def test_what_is_held_is_what_it_takes() -> None:
    tracemalloc.start()
    try:
        cache = Cache(None, MEMORY * 100, 0)
        for number in range(2_000):
            headers = [(f"Header-{number}-{name}", f"value {number}") for name in range(12)]
            cache.put(b"key %d" % number, Reply(200, [("ETag", '"a"'), *headers], bytes(500)), 0)
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert 0.9 < cache.held / taken < 1.2


def test_the_same_key_twice_counts_once() -> None:
    cache = Cache(None, MEMORY, 0)
    cache.put(b"a", answer(), 0)
    before = cache.held
    cache.put(b"a", answer(), 0)
    assert cache.held == before


def test_one_large_answer_does_not_push_out_all_others() -> None:
    cache = Cache(None, MEMORY, 0)
    cache.put(b"a", answer(b"x" * (MEMORY // 2)), 0)
    assert cache.get(b"a") is None


@pytest.mark.parametrize("spool", [False, True])
def test_an_answer_without_a_validator_is_not_kept(tmp_path: Path, spool: bool) -> None:
    cache = Cache(tmp_path, MEMORY, DISK)
    reply = spooled(tmp_path / "spool") if spool else answer()
    reply.headers = [("Content-Type", JSON)]
    given = cache.put(b"a", reply, 1.0)
    assert cache.get(b"a") is None
    assert body_of(given) == ROWS
    for path in (tmp_path / "cache").iterdir():
        age(path, SPARE + 1)
    cache.trim()
    assert not list((tmp_path / "cache").iterdir())


# -- in the folder


@pytest.mark.parametrize("status", [200, 303])
def test_processes_share_what_was_costly(tmp_path: Path, status: int) -> None:
    one, two = Cache(tmp_path, MEMORY, DISK), Cache(tmp_path, MEMORY, DISK)
    reply = answer(b"costly \xff\n\n", status=status)
    one.put(b"costly", reply, SHARED_FROM)
    one.put(b"cheap", reply, SHARED_FROM / 2)
    assert two.get(b"costly") == reply
    assert two.get(b"costly") == reply
    assert two.get(b"cheap") is None
    assert (two.hits, two.shared, two.misses) == (1, 1, 1)


def test_a_spooled_file_is_moved_in_and_shared(tmp_path: Path) -> None:
    one, two = Cache(tmp_path, MEMORY, DISK), Cache(tmp_path, MEMORY, DISK)
    reply = spooled(tmp_path / "spool")
    kept = one.put(b"a", reply, 1.0)
    assert not Path(reply.file).exists()
    assert (kept.spooled, kept.rows, kept.headers) == (False, 3, reply.headers)
    assert body_of(kept) == ROWS
    assert two.get(b"a") == one.get(b"a") == kept


def test_a_file_comes_from_another_file_system_too(tmp_path: Path) -> None:
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is only one file system here")
    other = memory / f"homegraph-test-{os.getpid()}"
    try:
        cache = Cache(tmp_path, MEMORY, DISK)
        cache.put(b"a", spooled(other), 1.0)
        assert body_of(cache.get(b"a")) == ROWS
        assert not list(other.iterdir())
    finally:
        rmtree(other)


def test_of_two_that_put_the_same_both_name_the_first_file(tmp_path: Path) -> None:
    one, two = Cache(tmp_path, MEMORY, DISK), Cache(tmp_path, MEMORY, DISK)
    first = one.put(b"a", spooled(tmp_path / "one", b"1" * 2_000), 1.0)
    second = two.put(b"a", spooled(tmp_path / "two", b"2" * 3_000), 1.0)
    assert first == second
    assert len(list((tmp_path / "cache").iterdir())) == 2


def test_names_in_the_folder_say_nothing_of_what_was_asked(tmp_path: Path) -> None:
    cache = Cache(tmp_path, MEMORY, DISK)
    cache.put(b"../../etc/passwd\n?query=secret", answer(), 1.0)
    assert index(tmp_path).name == sha256(b"../../etc/passwd\n?query=secret").hexdigest()
    assert (tmp_path / "cache").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("spool", [False, True])
def test_a_damaged_entry_is_a_miss_and_is_made_again(tmp_path: Path, spool: bool) -> None:
    writer = Cache(tmp_path, 0, DISK)

    def put() -> Path:
        writer.put(b"a", spooled(tmp_path / "spool") if spool else answer(), 1.0)
        assert body_of(Cache(tmp_path, 0, DISK).get(b"a")) == ROWS
        return index(tmp_path)

    whole = put().read_bytes()
    damages = [whole[:length] for length in range(0, len(whole) - 1, 1 + len(whole) // 50)]
    for damaged in [*damages, b"\0" * len(whole), b"5\n", b'[200,[["a"]],1,"",0]\n', b"{}\n"]:
        put().write_bytes(damaged)
        assert Cache(tmp_path, 0, DISK).get(b"a") is None
    assert put().read_bytes()[:40] == whole[:40]


def test_a_body_that_is_gone_or_cut_is_a_miss(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 0, DISK)
    for damage in (Path.unlink, lambda path: os.truncate(path, 5)):
        damage(Path(cache.put(b"a", spooled(tmp_path / "spool"), 1.0).file))
        assert cache.get(b"a") is None


def test_the_least_recently_used_is_trimmed(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 0, 100_000)
    for number in range(10):
        body = b"%d" % number * 16_000
        cache.put(b"%d" % number, spooled(tmp_path / "spool", body), 1.0)
        for file in (tmp_path / "cache").glob(f"{sha256(b'%d' % number).hexdigest()}*"):
            age(file, 1_000 - number)
    assert cache.get(b"0") is not None  # used just now
    cache.trim()
    left = {number for number in range(10) if cache.get(b"%d" % number) is not None}
    assert left == {0, 7, 8, 9}
    assert cache.folder is not None
    assert cache.folder.evicted == 6
    assert cache.folder.used <= 90_000
    assert len(list((tmp_path / "cache").iterdir())) == 8


def test_one_huge_answer_does_not_push_out_all_others(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 0, 50_000)
    kept = cache.put(b"a", spooled(tmp_path / "spool"), 1.0)
    assert body_of(kept) == ROWS
    assert cache.get(b"a") is None
    age(Path(kept.file), SPARE + 1)
    cache.trim()
    assert not Path(kept.file).exists()


def test_what_was_used_a_moment_ago_stays_and_what_is_being_sent_is_sent(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 0, DISK)
    kept = cache.put(b"a", spooled(tmp_path / "spool"), 1.0)
    assert cache.folder is not None
    cache.folder.limit = 1
    cache.trim()
    assert body_of(kept) == ROWS
    with Path(kept.file).open("rb") as sending:
        for path in (tmp_path / "cache").iterdir():
            age(path, SPARE + 1)
        cache.trim()
        assert not Path(kept.file).exists()
        assert sending.read() == ROWS
    assert cache.get(b"a") is None


def test_use_is_noted_now_and_then(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 0, DISK)
    cache.put(b"a", answer(), 1.0)
    file = index(tmp_path)
    age(file, TOUCH / 2)
    before = file.stat().st_mtime
    cache.get(b"a")
    assert file.stat().st_mtime == before
    age(file, TOUCH * 2)
    cache.get(b"a")
    assert time() - file.stat().st_mtime < TOUCH


def test_what_was_left_half_written_is_cleared_away(tmp_path: Path) -> None:
    cache = Cache(tmp_path, MEMORY, DISK)
    for name, seconds in [("answer-new", 60), ("answer-old", 3_600), (f"{'0' * 64}.ab", 60)]:
        (tmp_path / "cache" / name).write_bytes(b"half")
        age(tmp_path / "cache" / name, seconds)
    cache.trim()
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["answer-new"]


def test_too_much_is_trimmed_without_being_told(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 0, 50_000)
    for number in range(3):
        cache.put(b"%d" % number, spooled(tmp_path / "spool", b"%d" % number * 10_000), 1.0)
    for path in (tmp_path / "cache").iterdir():
        age(path, SPARE + 1)
    sleep(1.1)
    cache.put(b"another", spooled(tmp_path / "spool", b"x" * 12_000), 1.0)
    assert cache.folder is not None
    until = perf_counter() + 5
    while cache.folder.used > 50_000 and perf_counter() < until:
        sleep(0.01)
    assert cache.folder.used <= 50_000
    assert cache.get(b"another") is not None


def test_without_its_folder_it_is_a_smaller_cache(tmp_path: Path) -> None:
    cache = Cache(tmp_path, MEMORY, DISK)
    assert cache.folder is not None
    kept = cache.put(b"large", spooled(tmp_path / "spool"), 1.0)
    rmtree(tmp_path / "cache")
    assert not Path(kept.file).exists()
    assert cache.get(b"large") is None
    cache.put(b"small", answer(), 1.0)
    assert cache.get(b"small") is not None
    lost = spooled(tmp_path / "spool")
    assert cache.put(b"large", lost, 1.0) is lost
    assert body_of(lost) == ROWS
    assert cache.folder.failures == 2
    cache.trim()  # makes it again
    assert body_of(cache.put(b"large", lost, 1.0)) == ROWS
    assert cache.folder.failures == 2


def test_a_place_where_nothing_can_be_kept_is_borne(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    cache = Cache(tmp_path / "file", MEMORY, DISK)
    assert cache.put(b"a", answer(), 1.0) == cache.get(b"a")
    assert cache.folder is not None
    assert cache.folder.failures == 2


def ran(script: str, *words: object) -> subprocess.Popen[str]:
    """A process that runs a script."""
    command = [sys.executable, "-W", "error", "-c", dedent(script), *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_full_disk_costs_no_answer(tmp_path: Path) -> None:
    file = spooled(tmp_path / "spool", os.urandom(3_000_000))
    script = """
        import resource, sys
        from pathlib import Path
        from homegraph.endpoint.message import Reply
        from homegraph.endpoint.serving.cache import Cache
        from homegraph.endpoint.serving.coding import compress

        folder, large = Path(sys.argv[1]), sys.argv[2]
        cache = Cache(folder, 1_000_000, 20_000_000)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000))  # no file may be larger
        headers = [("ETag", '"tag"'), ("Content-Type", "text/csv")]
        small = Reply(200, headers, b"x" * 10_000)
        assert cache.put(b"small", small, 1.0) is cache.get(b"small") is small
        assert cache.folder.failures == 1
        assert not list((folder / "cache").iterdir())
        reply = Reply(200, headers, file=large, spooled=True)
        for coding in ("zstd", "br", "gzip"):
            assert compress(reply, coding).file == large
        assert list(Path(large).parent.iterdir()) == [Path(large)]
        headers[0] = ("ETag", '"' + "x" * 3_000 + '"')
        kept = cache.put(b"large", reply, 1.0)  # moved, but cannot be found again
        assert Path(kept.file).stat().st_size == 3_000_000 and not kept.spooled
        assert cache.get(b"large") is None
        assert cache.folder.failures == 2
    """
    process = ran(script, tmp_path, file.file)
    said = process.communicate()[1]
    assert process.returncode == 0, said
    assert said.count("\n") == 1  # told once, counted from then on
    assert "File too large" in said


def test_many_processes_hammer_one_folder(tmp_path: Path) -> None:
    script = """
        import random, sys, tempfile, threading, time
        from pathlib import Path
        from homegraph.endpoint.message import Reply
        from homegraph.endpoint.serving import cache as kept

        kept.SPARE, kept.TOUCH = 1.0, 0.2
        folder, seed = Path(sys.argv[1]), int(sys.argv[2])
        dice = random.Random(seed)
        cache = kept.Cache(folder, 20_000, 1_000_000)
        until = time.monotonic() + 3
        def trim():
            while time.monotonic() < until:
                cache.trim()
                time.sleep(0.02)
        threading.Thread(target=trim).start()
        found = made = 0
        while time.monotonic() < until:
            number = min(int(dice.paretovariate(0.4)), 2_000)  # a few are asked for often
            key, size = b"%d" % number, 1_000 + number
            reply = cache.get(key)
            found += reply is not None
            if reply is None:
                # Each process writes something else: a mixture would be seen.
                body = b"%d %d\\n" % (number, seed) * size
                headers = [("ETag", '"%d %d"' % (number, seed))]
                if number % 2:
                    file = tempfile.NamedTemporaryFile(dir=folder, delete=False)
                    with file:
                        file.write(body)
                    reply = Reply(200, headers, file=file.name, spooled=True)
                else:
                    reply = Reply(200, headers, body)
                reply = cache.put(key, reply, 1.0)
                made += 1
            body = Path(reply.file).read_bytes() if reply.file else reply.body
            tag = reply.header("etag").strip('"')
            assert tag.split()[0] == str(number)
            assert body == f"{tag}\\n".encode() * size
        assert cache.folder.failures == 0, cache.folder.failures
        print(found, made, cache.shared, cache.folder.evicted)
    """
    processes = [ran(script, tmp_path, seed) for seed in range(1, 5)]
    evicted = 0
    for process in processes:
        said, complaints = process.communicate()
        assert (complaints, process.returncode) == ("", 0)
        found, made, shared, gone = map(int, said.split())
        assert min(found, made, shared) > 10
        evicted += gone
    assert evicted > 10
    for path in (tmp_path / "cache").iterdir():
        age(path, 3_600)
    cache = Cache(tmp_path, 0, 1_000_000)
    assert cache.folder is not None
    assert cache.folder.used <= 900_000
    assert not [path.name for path in tmp_path.iterdir() if path.name != "cache"]


# -- codings


@pytest.mark.parametrize("size", [1_000, 20_000, 5_000_000])
@pytest.mark.parametrize("coding", DECODED)
def test_every_coding_gives_the_answer_back(tmp_path: Path, coding: str, size: int) -> None:
    body = (b"%06d," * (size // 7 + 1)) % tuple(range(size // 7 + 1))
    plain = answer(body)
    plain.headers.append(("content-length", "1"))
    from_file = replace(spooled(tmp_path, body), headers=plain.headers)
    for reply in (plain, from_file):
        coded = compress(reply, coding)
        assert DECODED[coding](body_of(coded)) == body
        assert coded.header("content-encoding") == coding
        assert coded.header("etag") == f'"tag-{coding}"'
        assert coded.header("vary") == "Accept, Accept-Encoding"
        assert coded.header("content-length") == ""
        assert (coded.rows, coded.status) == (3, 200)
        assert len(body_of(coded)) < size / 2
        assert reply.header("etag") == '"tag"'
        assert body_of(reply) == body
        if coding == "zstd":  # RFC 9659
            assert zstandard.get_frame_parameters(body_of(coded)).window_size <= 8 << 20


@pytest.mark.parametrize("coding", DECODED)
def test_a_large_coded_answer_is_a_file_that_the_cache_takes(tmp_path: Path, coding: str) -> None:
    body = os.urandom(1_500_000).hex().encode()
    cache = Cache(tmp_path, MEMORY, DISK)
    plain = cache.put(b"plain", varied(spooled(tmp_path / "spool", body)), 1.0)
    coded = compress(plain, coding)
    assert coded.spooled
    kept = cache.put(coding.encode(), coded, 0.0)
    assert not kept.spooled
    assert DECODED[coding](body_of(cache.get(coding.encode()))) == body
    assert len(list((tmp_path / "cache").iterdir())) == 4


def test_codings_are_made_in_many_threads_at_once() -> None:
    bodies = [bytes([number]) * 300_000 for number in range(30)]
    with ThreadPoolExecutor(8) as threads:
        for coding, decoded in DECODED.items():
            coded = threads.map(compress, map(answer, bodies), repeat(coding))
            assert [decoded(reply.body) for reply in coded] == bodies


def test_what_gains_nothing_or_is_a_file_of_its_own_stays_as_it_is(tmp_path: Path) -> None:
    whole = spooled(tmp_path)
    for reply in (
        answer(b"small"),
        answer(content_type="application/gzip"),
        answer(content_type="application/vnd.apache.parquet"),
        answer(content_type="image/png"),
        answer(status=206),
        answer(status=303),
        replace(whole, spooled=False),
    ):
        assert not worth(reply, "zstd")
        assert compress(reply, "zstd").header("content-encoding") == ""
        assert body_of(compress(reply, "zstd")) == body_of(reply)
    assert worth(whole, "zstd")
    assert compress(answer(), "identity").header("content-encoding") == ""


@pytest.mark.parametrize(
    "content_type",
    [
        "text/html; charset=utf-8",
        "text/turtle",
        "text/csv; charset=utf-8; header=present",
        "application/json",
        "application/ld+json",
        "application/rdf+xml",
        "application/sparql-results+xml",
        "application/n-triples",
        "application/n-quads",
        "application/trig",
        "image/svg+xml",
    ],
)
def test_texts_are_coded(content_type: str) -> None:
    assert worth(answer(content_type=content_type))


def test_what_could_be_coded_says_so_when_it_is_not(tmp_path: Path) -> None:
    for reply in (answer(), answer(b"small"), spooled(tmp_path)):
        assert varied(reply).header("vary") == "Accept, Accept-Encoding"
        assert varied(varied(reply)) == varied(reply)
        assert compress(reply, "identity").header("vary") == "Accept, Accept-Encoding"
    assert varied(answer(content_type="image/png")).header("vary") == "Accept"
    assert varied(Reply(200, [("Content-Type", JSON)])).header("vary") == "Accept-Encoding"


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("", "identity"),
        ("identity", "identity"),
        ("gzip", "gzip"),
        ("GZip", "gzip"),
        ("x-gzip", "gzip"),
        ("deflate", "identity"),
        ("compress, deflate", "identity"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate, br", "br"),
        ("zstd;q=0.5, br;q=0.8, gzip;q=0.7", "br"),
        ("gzip;q=1.0, br;q=0.999", "gzip"),
        ("gzip;q=0", "identity"),
        ("gzip;q=0.000, br", "br"),
        ("gzip ; q=0.5 , br ;q=0.4", "gzip"),
        (",, gzip ,", "gzip"),
        ("gzip;q=2", "identity"),
        ("gzip;q=0.1234", "identity"),
        ("gzip;q=much, br;q=0.1", "br"),
        ("gzip;level=9", "identity"),
        ("*", "gzip"),
        ("*, gzip;q=0", "zstd"),
        ("*;q=0.5, br;q=0.4, gzip;q=0.3, zstd;q=0.2", "br"),
        ("br;q=0.5, *;q=0.1", "br"),
        ("*;q=0", "identity"),
        ("identity;q=0", "identity"),
        ("*;q=0, gzip", "gzip!"),
        ("*;q=0, identity", "identity"),
        ("identity;q=0, gzip;q=0.1", "gzip!"),
        ("identity;q=0, *;q=0.1", "gzip!"),
        ("identity;q=0.5, gzip;q=0.4", "identity"),
        ("identity;q=0.5, gzip;q=0.5", "gzip"),
        ("gzip\t;\tq=0.5", "gzip"),
        ("gz" + "ip" * 100_000, "identity"),
    ],
)
def test_the_client_chooses_the_coding(header: str, coding: str) -> None:
    assert choose(header) == coding


def test_a_client_that_takes_nothing_plain_gets_the_smallest_answer_coded() -> None:
    coded = compress(answer(b"small"), choose("gzip, identity;q=0"))
    assert gzip.decompress(coded.body) == b"small"
    assert coded.header("content-encoding") == "gzip"


@pytest.mark.parametrize(
    ("given", "etag", "known"),
    [
        ("", '"tag"', ""),
        ('"tag"', "", ""),
        ('"tag"', '"tag"', '"tag"'),
        ('W/"tag"', '"tag"', '"tag"'),
        ('"tag"', 'W/"tag"', 'W/"tag"'),
        ("*", '"tag"', '"tag"'),
        (" * ", '"tag-br"', '"tag-br"'),
        ('"tag-gzip"', '"tag"', '"tag-gzip"'),
        ('"tag"', '"tag-zstd"', '"tag"'),
        ('W/"tag-br"', '"tag-zstd"', '"tag-br"'),
        ('"a", "b,c" ,W/"tag-br", "d"', '"tag"', '"tag-br"'),
        ('"other"', '"tag"', ""),
        ('"tag-other"', '"tag"', ""),
        ('"tag-gzip-gzip"', '"tag"', ""),
        ('"a-tag"', '"tag"', ""),
        ("tag", '"tag"', ""),
        ('"*"', '"tag"', ""),
        ('"tag', '"tag"', ""),
        ('"a, "tag"', '"tag"', ""),
    ],
)
def test_an_answer_is_known_in_any_coding(given: str, etag: str, known: str) -> None:
    assert matching(given, etag) == known


def test_what_the_client_has_is_not_sent_again() -> None:
    coded = compress(answer(), "gzip")
    known = unless_known(coded, '"tag-gzip"')
    assert (known.status, known.body, known.file) == (304, b"", "")
    assert known.headers == [("Vary", "Accept, Accept-Encoding"), ("ETag", '"tag-gzip"')]
    assert unless_known(coded, '"another"') is coded
