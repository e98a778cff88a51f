"""Makes small zips with other programs (test/fixtures/zips/): Python's zipfile and Info-ZIP, seekable and streamed, zip64, names beyond ASCII, a link, encryption.
    python zips.py        (needs `zip` 3.0 on the path; nothing is fetched)"""
import io
import os
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

OUT = (Path(__file__).parent / "../../fixtures/zips").resolve()
MOMENT = (2026, 1, 1, 0, 0, 0)


class Stream(io.RawIOBase):
    """What cannot be sought: sizes and checksums follow the data, and 64-bit ones where asked for."""

    def __init__(self, file):
        self.file = file

    def writable(self):
        return True

    def write(self, data):
        return self.file.write(data)


def contents(name):
    return (name + " ").encode() * 300


def by_python():
    with zipfile.ZipFile(OUT / "python.zip", "w", zipfile.ZIP_DEFLATED) as out:
        for name, kind in [("data/deflated.mp4", zipfile.ZIP_DEFLATED), ("data/stored.mp4", zipfile.ZIP_STORED), ("data/ü 影.mp4", zipfile.ZIP_DEFLATED)]:
            out.writestr(zipfile.ZipInfo(name, MOMENT), contents(name), kind)
        out.writestr(zipfile.ZipInfo("__MACOSX/data/._deflated.mp4", MOMENT), b"finder")
        out.writestr(zipfile.ZipInfo("data/", MOMENT), b"")
        out.writestr(zipfile.ZipInfo("data/bzip2.mp4", MOMENT), contents("bzip2"), zipfile.ZIP_BZIP2)
    with open(OUT / "python-stream64.zip", "wb") as file, zipfile.ZipFile(Stream(file), "w", zipfile.ZIP_DEFLATED) as out:
        for name in ["data/one.mp4", "data/two.mp4"]:
            with out.open(zipfile.ZipInfo(name, MOMENT), "w", force_zip64=True) as entry:
                entry.write(contents(name))


def by_infozip():
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        data.mkdir()
        for name in ["plain.mp4", "ü.mp4", "secret.mp4"]:
            (data / name).write_bytes(contents(f"data/{name}"))
        os.symlink("/etc/hostname", data / "link.mp4")
        for path in [*data.iterdir(), data]:
            os.utime(path, (1767225600, 1767225600), follow_symlinks=False)
        target = OUT / "infozip.zip"
        target.unlink(missing_ok=True)
        run = lambda *words, **more: subprocess.run(["zip", "-q", "-X", *words], cwd=folder, check=True, **more)
        run("-r", "-y", str(target), "data", "-x", "data/secret.mp4")
        run("-P", "password", str(target), "data/secret.mp4")
        with open(OUT / "infozip-stream.zip", "wb") as file:
            run("-", "data/plain.mp4", stdout=file)


shutil.rmtree(OUT, ignore_errors=True)
OUT.mkdir(parents=True)
by_python()
by_infozip()
