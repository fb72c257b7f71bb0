"""Requests that reach for files or overfill the upload: every one is refused."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import ROOT, BagOfWords
from deeds import Site
from pages import WordReader, served

from assistant import Assistant
from assistant.feedback import FeedbackFile
from assistant.page.rights import Rights
from assistant.page.uploads import UploadLimits
from index import Index

CANARY = "the-canary-sings-7f3a"
LIMITS = UploadLimits(most_bytes=100_000, most_files=3, most_in_all=6)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("abuse")
    index = Index.open(folder / "store", embedder=BagOfWords())
    assistant = Assistant(index, WordReader())
    with served(assistant, limits=LIMITS) as port:
        made = Site(port, folder, index)
        made.secret.write_text(f"{CANARY}. It sings.", "utf-8")
        FeedbackFile.beside(str(folder / "store")).path.write_text(CANARY, "utf-8")
        yield made


@pytest.fixture(autouse=True)
def fresh(site: Site) -> Iterator[None]:
    yield
    site.index.delete(site.names())


def reaching(target: Path) -> list[str]:
    """Addresses that reach for a file by every way there was a hole once."""
    path = str(target)
    up = "../" * 12
    dotted = up + path.lstrip("/")
    encoded = dotted.replace("../", "%2e%2e%2f")
    return [
        f"/gradio_api/file={path}",
        f"/gradio_api/file={dotted}",
        f"/gradio_api/file={encoded}",
        f"/gradio_api/file={dotted.replace('../', '..%2f')}",
        f"/gradio_api/file={dotted.replace('../', '..%5c')}",
        f"/gradio_api/file={dotted.replace('../', '....//')}",
        f"/gradio_api/file={dotted.replace('../', '%252e%252e%252f')}",
        f"/gradio_api/file={dotted.replace('../', '..%c0%af')}",
        f"/gradio_api/file=/{path}",
        f"/gradio_api/file=//localhost{path}",
        f"/gradio_api/file=file://{path}",
        f"/gradio_api/file={path}%00.png",
        f"/gradio_api/file={path}%20",
        f"/gradio_api/file=./{dotted}",
        f"/gradio_api/file/{dotted}",
        f"/gradio_api/file/{encoded}",
        f"/file={path}",
        f"/file/{encoded}",
        f"/static/{dotted}",
        f"/static/{encoded}",
        f"/assets/{dotted}",
        f"/assets/{encoded}",
        f"/svelte/{encoded}",
        f"/custom_component/x/client/component/{encoded}",
        f"/gradio_api/custom_component/x/client/{encoded}",
        f"/gradio_api/stream/{encoded}",
        f"/gradio_api/stream/x/x/x/{encoded}",
        f"/gradio_api/proxy=file://{path}",
        f"/gradio_api/proxy=http://127.0.0.1:1/{path}",
        f"/gradio_api/app_id/{encoded}",
        f"/gradio_api/vibe-code/{encoded}",
        f"/_app/{encoded}",
        f"/_app/immutable/{encoded}",
        f"/theme.css?x={dotted}",
        f"/{dotted}",
        f"/{encoded}",
        f"/?deep_link={encoded}",
        f"/gradio_api/deep_link?session_hash={encoded}",
        f"/gradio_api/upload_progress?upload_id={encoded}",
        f"/config?deep_link={encoded}",
        f"/monitoring/{encoded}",
        f"/pwa_icon/{encoded}",
        f"/manifest.json?x={encoded}",
    ]


def test_no_address_gives_a_file_that_is_not_of_the_page(site: Site) -> None:
    tried = 0
    store = next(site.folder.joinpath("store").rglob("*.sqlite3"))
    # Side by side, for Gradio waits some seconds for the upload whose progress it is asked for.
    with ThreadPoolExecutor(8) as pool:
        secrets = (site.secret, site.folder / "store.feedback.jsonl")
        paths = [path for target in secrets for path in reaching(target)]
        answers = pool.map(lambda path: site.ask("GET", path), paths)
        for path, (status, body) in zip(paths, answers, strict=True):
            assert CANARY.encode() not in body, path
            assert status != 500, path
            tried += 1
        for target in (store, ROOT / "pyproject.toml", ROOT / "assistant/chat.py"):
            paths = reaching(target)[:16]
            answers = pool.map(lambda path: site.ask("GET", path), paths)
            for path, (status, _) in zip(paths, answers, strict=True):
                assert status >= 400, (path, status)
                tried += 1
    assert tried >= 40


def test_a_path_that_was_not_uploaded_is_not_read(site: Site) -> None:
    tame = site.stored("tame.txt", b"A tame text of nobody.")
    beside = str(Path(tame).parent.parent / ".." / ".." / site.secret.relative_to("/"))
    for path in (
        *(str(site.secret), f"file://{site.secret}", f"{tame}/../../../../{site.secret}"),
        *(beside, "/etc/hostname", "/proc/self/environ", str(ROOT / "pyproject.toml")),
        *("http://127.0.0.1:1/x.txt", "", ".", "/", f"{site.secret}\x00.txt"),
    ):
        said = site.take(path)
        assert CANARY not in said, path
        assert site.names() == set(), path
    assert site.secret.exists()
    # What was uploaded is read, and by the same kind of address that gave no other file.
    assert site.ask("GET", f"/gradio_api/file={tame}") == (200, b"A tame text of nobody.")
    assert "Added tame.txt" in site.take(tame)
    assert site.names() == {"uploads/tame.txt"}


@pytest.mark.parametrize(
    "name",
    [
        "../../../evil.txt",
        "..\\..\\evil.txt",
        "/tmp/evil.txt",
        "C:\\evil.txt",
        "%2e%2e%2fevil.txt",
        "....//evil.txt",
        "evil.txt/../../../evil.txt",
        ".evil.txt",
        "uploads/../../evil.txt",
        "e" * 400 + "vil.txt",
    ],
)
def test_a_file_name_is_never_a_way_out_of_the_upload(site: Site, name: str) -> None:
    before = set(site.folder.rglob("*evil*"))
    path = Path(site.stored(name, b"Evil is a word of four letters."))
    # A folder of its own for each content, below one folder of the server.
    tame = Path(site.stored("tame.txt", b"A tame text."))
    assert path.resolve().parent.parent == tame.resolve().parent.parent
    site.take(str(path))
    for held in site.names():
        assert held.startswith("uploads/")
        assert ".." not in held.split("/") and "\\" not in held and held.count("/") == 1
    assert set(site.folder.rglob("*evil*")) == before
    assert not path.exists()


def bomb() -> bytes:
    """60 MB of blanks as a small Word file."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * 60_000_000)
        archive.writestr("[Content_Types].xml", b"<Types/>")
    return held.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("run.exe", b"MZ", "are not read"),
        ("page.svg", b"<svg onload=alert(1)>", "are not read"),
        ("code.py", b"print(1)", "are not read"),
        ("code.js", b"alert(1)", "are not read"),
        ("noname", b"text", "are not read"),
        ("notes.txt.sh", b"echo", "are not read"),
        ("empty.txt", b"", "holds no text"),
        ("blank.md", b" \n ", "holds no text"),
        ("bomb.docx", bomb, "bomb.docx"),
        ("broken.pdf", b"%PDF-1.7 \x00\xff", "broken.pdf"),
        ("broken.xlsx", b"PK\x03\x04 no", "broken.xlsx"),
        ("deep.json", b"[" * 50_000, "deep.json"),
    ],
)
def test_an_abusive_file_is_refused_with_its_reason(
    site: Site, name: str, content: bytes | Callable[[], bytes], reason: str
) -> None:
    said = site.take(site.stored(name, content() if callable(content) else content))
    assert "No file was added" in said
    assert reason in said
    assert site.names() == set()


def test_too_large_too_many_and_too_full_are_refused(site: Site) -> None:
    status, _ = site.upload("large.txt", b"x" * (LIMITS.most_bytes + 1))
    assert status == 413
    paths = [site.stored(f"{n}.txt", f"The text of number {n}.".encode()) for n in range(8)]
    said = site.take(*paths[:5])
    assert said.count("more than 3 files at a time") >= 2
    assert len(site.names()) == 3
    site.take(*paths[5:])
    again = [site.stored(f"{n}x.txt", f"The text of number {n}.".encode()) for n in range(2)]
    assert "6 uploaded files is the limit" in site.take(*again)
    assert len(site.names()) == 6


def test_who_may_not_upload_or_remove_cannot_by_asking_the_server(tmp_path: Path) -> None:
    index = Index.open(tmp_path / "store", embedder=BagOfWords())
    assistant = Assistant(index, WordReader())
    with served(assistant, rights=lambda _: Rights(upload=False, remove=False)) as port:
        site = Site(port, tmp_path, index)
        assert "You may not add" in site.take(site.stored("a.txt", b"A text of somebody."))
        assert site.names() == set()
        said = site.deed("shelf", "drop", [""], {"id": "a.txt"})
        assert "you may not remove" in said
