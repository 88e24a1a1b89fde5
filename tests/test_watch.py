"""An operator sees what a server does, says how it does it, and learns nothing about a person."""

from __future__ import annotations

import json
import os
import pickle
import re
import signal
import socket
import subprocess
import sys
import time
import timeit
import tomllib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from homegraph import loaders
from homegraph.endpoint.serving import metrics as counting
from homegraph.endpoint.serving.access import KEPT, Log, digest, outcome
from homegraph.endpoint.serving.metrics import FAMILIES, Metrics
from homegraph.endpoint.serving.settings import KEYS, Settings, insist, table
from homegraph.graph.errors import Busy, MetadataError, TooHungry, TooLarge, TooMany, TooSlow
from homegraph.graph.home import Home
from homegraph.graph.release import Release

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
COMMAND = [sys.executable, "-m", "homegraph.endpoint.cli"]
PATIENCE = 30
REQUEST: dict[str, Any] = {
    "client": "192.0.2.77",
    "method": "GET",
    "path": "/sparql",
    "status": 200,
    "seconds": 0.0123,
    "size": 812,
    "outcome": "answered",
    "lane": "direct",
    "release": "2026-01-01-abcdef01",
    "rows": 5,
    "digest": digest("ASK {}"),
}


Make = Callable[..., Release]
Serve = Callable[..., AbstractContextManager[Any]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, make: Make) -> Path:
    """A home with one small release."""
    folder = tmp_path_factory.mktemp("home")
    example = loaders.by_name("street_crime").folder / "example"
    make(folder, street_crime=[example / "2024-01-btp-street.csv"])
    return folder


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT / ".dev")}


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, *map(str, words)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, env=environment(), check=False
    )


# Settings


def said(folder: Path, text: str) -> Path:
    (folder / "homegraph.toml").write_text(text, "utf-8")
    return folder


def test_the_file_says_how_to_serve_and_options_go_before_it(tmp_path: Path) -> None:
    text = '[serve]\nseconds = 60\nanswer_bytes = "2 GB"\nlog = "logs/a.log"\nproxies = ["::1"]\n'
    settings = Settings.of(said(tmp_path, text), {"seconds": 5.0, "port": None, "waiting": 7})
    assert settings.seconds == 5
    assert settings.answer_bytes == 2_000_000_000
    assert settings.log == str(tmp_path / "logs" / "a.log")
    assert settings.proxies == ("::1/128",)
    assert settings.waiting == 7
    assert settings.port == Settings().port


def test_a_build_reads_a_file_that_says_how_to_serve(tmp_path: Path) -> None:
    assert Home(said(tmp_path, "keep = 3\n[serve]\nseconds = 60\n")).settings.keep == 3


@pytest.mark.parametrize(
    "line, key, problem",
    [
        ("secs = 3", "secs", "unknown key"),
        ('seconds = "3"', "seconds", "a number of seconds"),
        ("seconds = 0", "seconds", "from 0.1 to 86400"),
        ("seconds = nan", "seconds", "from 0.1 to 86400"),
        ("seconds = true", "seconds", "a number of seconds"),
        ("processes = 1.5", "processes", "a whole number"),
        ("processes = 0", "processes", "from 1 to 64"),
        ("port = 65536", "port", "from 1 to"),
        ('answer_bytes = "1 pound"', "answer_bytes", '"1 GB"'),
        ('memory_bytes = "1 kB"', "memory_bytes", "from 10 MB"),
        ("answer_bytes = -1", "answer_bytes", "from 1 kB"),
        ('proxies = "10.0.0.1"', "proxies", "a list of addresses"),
        ('proxies = ["proxy.example"]', "proxies", "proxy.example"),
        ('proxies = ["10.0.0.1/8"]', "proxies", "host bits"),
        ("log = true", "log", "a text"),
        ('log_clients = "yes"', "log_clients", "true or false"),
    ],
)
def test_a_setting_that_is_wrong_is_told_with_file_and_key(
    tmp_path: Path, line: str, key: str, problem: str
) -> None:
    with pytest.raises(MetadataError) as error:
        Settings.of(said(tmp_path, f"[serve]\n{line}\n"))
    assert str(tmp_path / "homegraph.toml") in str(error.value)
    assert key in str(error.value)
    assert problem in str(error.value)


def test_an_option_that_is_wrong_is_told(tmp_path: Path) -> None:
    ran = run("serve", "--home", tmp_path, "--memory-bytes", "1 pound")
    assert ran.returncode == 2
    assert "option --memory-bytes: it is a number of bytes" in ran.stderr


def test_a_log_or_folder_that_cannot_be_written_is_told_before_serving(tmp_path: Path) -> None:
    with pytest.raises(MetadataError, match="nowhere"):
        insist(Settings(log=str(tmp_path / "nowhere" / "a.log")))
    with pytest.raises(MetadataError, match="nowhere"):
        insist(Settings(folder=tmp_path / "nowhere"))
    insist(Settings(log=str(tmp_path / "a.log"), folder=tmp_path))


def test_every_setting_is_an_option_of_both_commands() -> None:
    for verb in ("serve", "demo"):
        text = run(verb, "--help").stdout
        for name in KEYS:
            assert f"--{name.replace('_', '-')}" in text
    assert "--workers" in text  # what it was called before


def test_settings_go_from_process_to_process() -> None:
    settings = Settings(seconds=5, proxies=("10.0.0.0/8",), folder=Path("somewhere"))
    assert pickle.loads(pickle.dumps(settings)) == settings
    assert min(settings.quick, settings.slow) >= 1


def test_the_table_of_settings_is_that_of_the_code(pytestconfig: pytest.Config) -> None:
    wanted = f"<!-- settings -->\n{table()}<!-- /settings -->"
    if pytestconfig.getoption("accept"):
        text = README.read_text("utf-8")
        text = re.sub(r"<!-- settings -->.*?<!-- /settings -->", lambda _: wanted, text, flags=re.S)
        README.write_text(text, "utf-8")
    assert wanted in README.read_text("utf-8")


def test_the_configuration_in_the_readme_is_read(tmp_path: Path) -> None:
    (text,) = re.findall(r"^```toml\n(.*?)^```", README.read_text("utf-8"), re.S | re.M)
    shown = tomllib.loads(text)["serve"]
    settings = Settings.of(said(tmp_path, text))
    assert shown
    for name in shown:
        assert getattr(settings, name) != getattr(Settings(), name)


# The access log


def written(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("ascii").splitlines()]


def logged(path: Path, /, **changes: Any) -> dict[str, Any]:
    log = Log(Settings(log=str(path), log_clients=changes.pop("whole", False)))
    log.write(**{**REQUEST, **changes})
    log.close()
    assert log.dropped == 0
    return written(path)[-1]


def test_a_request_is_one_line(tmp_path: Path) -> None:
    line = logged(tmp_path / "a.log")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))
    assert line == {
        "client": "192.0.2.0/24",
        "method": "GET",
        "path": "/sparql",
        "status": 200,
        "ms": 12.3,
        "bytes": 812,
        "rows": 5,
        "outcome": "answered",
        "query": "819ea91ed5f12b38",
        "lane": "direct",
        "release": "2026-01-01-abcdef01",
    }
    assert logged(tmp_path / "b.log", rows=None, digest="")["rows"] is None


@pytest.mark.parametrize(
    "address, kept",
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("::1", "::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("jane.doe@example.org", ""),
        ("", ""),
    ],
)
def test_only_the_network_of_a_client_is_kept(tmp_path: Path, address: str, kept: str) -> None:
    assert logged(tmp_path / "a.log", client=address)["client"] == kept


def test_a_deployment_may_ask_for_whole_addresses(tmp_path: Path) -> None:
    assert logged(tmp_path / "a.log", whole=True)["client"] == "192.0.2.77"


@pytest.mark.parametrize("mark", ["?", "%3F", "%3f"])
def test_a_query_string_is_not_kept_however_it_is_sent(tmp_path: Path, mark: str) -> None:
    line = logged(tmp_path / "a.log", path=f"/sparql{mark}query=Jane+Doe")
    assert line["path"] == "/sparql"
    assert "Doe" not in (tmp_path / "a.log").read_text()


def test_whatever_is_in_a_path_stays_within_its_line(tmp_path: Path) -> None:
    bad = '/id/\n{"status":200}\r\x1b[31m\x00"\\\u2028\ud800é' + "x" * 5_000
    line = logged(tmp_path / "a.log", path=bad, method="G\nT" * 50, client="\x00")
    assert line["path"] == bad[:300]
    assert (tmp_path / "a.log").read_bytes().count(b"\n") == 1


def test_the_digest_of_a_query_is_what_sha256sum_says() -> None:
    text = "ASK { ?s ?p 'é' }"
    done = subprocess.run(["sha256sum"], input=text.encode(), capture_output=True, check=True)
    assert done.stdout.decode()[:16] == digest(text)


def test_outcomes_tell_apart_what_an_operator_must_know() -> None:
    errors = [TooSlow(30), TooHungry(1), TooLarge(1), TooMany("too many", 1), Busy("full")]
    words = {outcome(error.status, error) for error in errors}
    words |= {outcome(status) for status in (200, 303, 304, 400, 404, 499, 500)}
    words |= {outcome(200, cached=True)}
    assert len(words) == len(errors) + 7


def test_a_log_that_is_rotated_goes_on_in_a_new_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homegraph.endpoint.serving.sink.LOOK", 0.0)
    path = tmp_path / "a.log"
    log = Log(Settings(log=str(path)))
    log.write(**REQUEST)
    log.flush()
    path.rename(tmp_path / "a.log.1")
    log.write(**REQUEST)
    log.flush()
    path.write_bytes(b"")  # copied away and cut
    log.write(**REQUEST)
    log.close()
    assert len(written(tmp_path / "a.log.1")) == 1
    assert len(written(path)) == 1


def test_a_folder_of_logs_that_comes_late_gets_the_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homegraph.endpoint.serving.sink.LOOK", 0.0)
    path = tmp_path / "logs" / "a.log"
    log = Log(Settings(log=str(path)))
    log.write(**REQUEST)
    log.flush()
    path.parent.mkdir()
    log.close()
    assert len(written(path)) == 1


WRITER = """
import sys
from homegraph.endpoint.serving.access import Log
from homegraph.endpoint.serving.settings import Settings
log = Log(Settings(log=sys.argv[1]))
for number in range(int(sys.argv[2])):
    log.write(client="192.0.2.1", method="GET", path=f"/id/{number}/" + "x" * 200, status=200,
              seconds=1, size=number, outcome="answered")
log.close()
print(log.dropped)
"""


def test_several_processes_write_whole_lines_into_one_file(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    command = [sys.executable, "-c", WRITER, str(path), "10000"]
    writers = [subprocess.Popen(command, env=environment()) for _ in range(3)]
    assert [writer.wait(PATIENCE) for writer in writers] == [0, 0, 0]
    assert len(written(path)) == 30_000


def test_a_reader_that_does_not_read_holds_nothing_up() -> None:
    command = [sys.executable, "-c", WRITER, "stderr", "20000"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    ) as writer:
        assert writer.wait(PATIENCE) == 0
        assert writer.stdout and writer.stderr
        kept = writer.stderr.read().splitlines()
        assert all(json.loads(line) for line in kept)
        assert len(kept) + int(writer.stdout.read()) == 20_000


def test_a_journal_that_is_a_socket_gets_whole_lines() -> None:
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-c", WRITER, "stderr", "300"]
    with ours, subprocess.Popen(command, stderr=theirs.fileno(), env=environment()) as writer:
        theirs.close()
        received = b"".join(iter(lambda: ours.recv(65_536), b""))
        assert writer.wait(PATIENCE) == 0
    assert len([json.loads(line) for line in received.splitlines()]) == 300


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_drops_lines_and_counts_them() -> None:
    log = Log(Settings(log="/dev/full"))
    for _ in range(10_000):
        log.write(**REQUEST)
    log.flush()
    assert 0 < log.dropped < 10_000  # the others wait for room
    assert sum(map(len, log._left)) <= KEPT
    log.close()
    assert log.dropped == 10_000


def test_a_line_costs_a_few_microseconds(tmp_path: Path) -> None:
    log, count = Log(Settings(log=str(tmp_path / "a.log"))), Metrics(tmp_path)

    def both() -> None:
        log.write(**REQUEST)
        count.answered("/sparql", 200, "answered", "direct", 0.001, 812)

    seconds = min(timeit.repeat(both, number=2_000, repeat=10)) / 2_000
    assert seconds < 20e-6  # 2.5 microseconds when nothing else runs


# Metrics


def samples(text: bytes) -> dict[tuple[str, ...], float]:
    """What a scrape says, by name and values of labels."""
    return {
        (one.name.removeprefix("homegraph_"), *one.labels.values()): one.value
        for family in text_string_to_metric_families(text.decode())
        for one in family.samples
    }


def test_what_is_counted_is_read_by_the_official_parser(tmp_path: Path) -> None:
    count = Metrics(tmp_path)
    for path, seconds in (("/sparql", 0.0003), ("/sparql.csv", 0.3), ("/id/a/b", 99)):
        count.answered(path, 200, "answered", "quick", seconds, 100)
    count.answered("/nothing/\n", 404, "refused", "quick", 0.0005, 10)
    count.only("release_info", 'a "strange"\\ name\n')
    found = samples(count.text())
    assert found["requests_total", "sparql", "200", "answered", "quick"] == 2
    assert found["requests_total", "thing", "200", "answered", "quick"] == 1
    assert found["requests_total", "page", "404", "refused", "quick"] == 1
    assert found["sent_bytes_total",] == 310
    assert found["release_info", 'a "strange"\\ name\n'] == 1
    assert found["request_seconds_bucket", "quick", "0.0005"] == 2
    assert found["request_seconds_bucket", "quick", "0.5"] == 3
    assert found["request_seconds_bucket", "quick", "60"] == 3
    assert found["request_seconds_bucket", "quick", "+Inf"] == 4
    assert found["request_seconds_count", "quick"] == 4
    assert found["request_seconds_sum", "quick"] == pytest.approx(99.3008)
    families = {one.name for one in text_string_to_metric_families(count.text().decode())}
    assert {f"homegraph_{name}" for name in FAMILIES} <= families


COUNTER = """
import sys
from pathlib import Path
from homegraph.endpoint.serving.metrics import Metrics
count = Metrics(Path(sys.argv[1]))
count.answered("/sparql", 200, "answered", "quick", 0.1, 100)
count.add("workers_stopped", "time", 2)
count.set("workers", 3, "quick")
count.set("cache_folder_bytes", 500)
count.flush()
print("ready", flush=True)
sys.stdin.read()
"""


@contextmanager
def another(folder: Path) -> Iterator[None]:
    """Another server process that counts into the same folder."""
    command = [sys.executable, "-c", COUNTER, str(folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment()
    ) as process:
        assert process.stdout and process.stdout.readline() == b"ready\n"
        try:
            yield
        finally:
            process.kill()


def test_server_processes_are_added_up_and_a_killed_one_leaves_its_counts(tmp_path: Path) -> None:
    count = Metrics(tmp_path)
    count.answered("/sparql", 200, "answered", "quick", 0.1, 100)
    count.set("workers", 1, "quick")
    count.set("cache_folder_bytes", 400)
    request = ("requests_total", "sparql", "200", "answered", "quick")
    with another(tmp_path):
        both = samples(count.text())
        assert both[request] == 2
        assert both["workers", "quick"] == 4
        assert both["cache_folder_bytes",] == 500
        assert both["processes",] == 2
    one = samples(count.text())
    assert one[request] == 2
    assert one["workers_stopped_total", "time"] == 2
    assert one["workers", "quick"] == 1
    assert one["cache_folder_bytes",] == 400
    assert one["processes",] == 1
    counting.clear(tmp_path)
    assert samples(count.text())[request] == 1


def test_counters_go_on_when_their_folder_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "metrics").write_text("in the way")
    count = Metrics(tmp_path)
    count.answered("/sparql", 200, "answered", "quick", 0.1, 100)
    count.flush()
    assert samples(count.text())["sent_bytes_total",] == 100


# The command, and a server that runs


def test_a_long_query_of_the_command_ends_with_ctrl_c(home: Path) -> None:
    long = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    command = [*COMMAND, "query", "--home", str(home), long]
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=environment()) as process:
        watched, end = psutil.Process(process.pid), time.monotonic() + PATIENCE
        while not (asking := watched.children()) and time.monotonic() < end:
            time.sleep(0.05)
        while asking[0].cpu_times().user < 1 and time.monotonic() < end:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, words = process.communicate(timeout=5)
    assert not asking[0].is_running()
    assert process.returncode == 130
    assert words.strip() == b""


def request_count(counted: dict[tuple[str, ...], float]) -> float:
    return sum(value for key, value in counted.items() if key[0] == "requests_total")


def test_a_server_notes_what_it_answers_and_nothing_of_what_was_asked(
    home: Path, serve: Serve, tmp_path: Path
) -> None:
    log, said = tmp_path / "a.log", tmp_path / "said"
    query = 'SELECT ?person { ?person ?says "Jane Doe" }'
    asked, headers = {"query": query}, {"Accept": "application/sparql-results+json"}
    options = ("--proxies", "127.0.0.1", "--processes", Settings().processes)
    with (
        said.open("wb") as errors,
        serve("--home", home, "--log", log, *options, errors=errors) as server,
        requests.Session() as client,
    ):
        address = server.address
        client.headers = {**headers, "X-Forwarded-For": "10.9.9.9, 192.0.2.77"}
        assert client.get(f"{address}/sparql", params=asked, timeout=9).status_code == 200
        assert client.post(f"{address}/sparql", data=asked, timeout=9).status_code == 200
        assert client.get(f"{address}/id/nothing?name=Jane", timeout=9).status_code == 404
        bad = client.get(f"{address}/sparql", params={"query": "Jane"}, timeout=9)
        assert bad.status_code == 400
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:  # what other processes count is there after a second
            scraped = client.get(f"{address}/metrics", timeout=9)
            counted = samples(scraped.content)
            if request_count(counted) >= 4 and counted["processes",] == Settings().processes:
                break
            time.sleep(0.1)
    assert said.read_text().splitlines() == [f"Serving {home} on {address}/"]
    text = log.read_text("ascii")
    assert "Jane" not in text
    lines = [json.loads(line) for line in text.splitlines()]
    assert "192.0.2.0/24" in {line["client"] for line in lines}
    assert not re.search(r"192\.0\.2\.77|10\.9\.9", text)
    found = [line for line in lines if line["query"] == digest(query)]
    assert {line["method"] for line in found} == {"GET", "POST"}
    assert {line["status"] for line in found} == {200}
    assert {line["rows"] for line in found} == {0}
    assert {line["status"] for line in lines} >= {200, 400, 404}
    assert {line["outcome"] for line in lines if line["status"] >= 400} == {"refused"}
    assert request_count(counted) >= 4
    assert counted["processes",] == Settings().processes
    assert counted["workers", "quick"] >= 1
    assert [key for key in counted if key[0] == "release_info"]
    assert scraped.headers["Content-Type"] == counting.CONTENT_TYPE


def test_a_server_without_metrics_has_none(home: Path, serve: Serve) -> None:
    with serve("--home", home, "--no-metrics", "--processes", 1) as server:
        assert requests.get(f"{server.address}/metrics", timeout=9).status_code == 404
