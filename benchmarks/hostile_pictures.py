"""How long and how much memory does a hostile picture take at most, before it is read or refused?

    python benchmarks/hostile_pictures.py [MUTATED]

Each picture is decoded in a process of its own, at its own size and at 96 x 96. MUTATED (300)
further ones are sound files with bytes changed, cut or doubled. The table goes into LOG.md.
"""

from __future__ import annotations

import io
import os
import random
import resource
import struct
import sys
import time
import zlib
from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image

from receta.data import image

MOST = 10_000_000  # bytes: what the server takes
SIDES = [(256, 3, 1, 64), (257, 3, 1, 64)]  # of a TIFF


def saved(picture: Image.Image, kind: str, **how: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **how)
    return out.getvalue()


def small(mode: str = "RGB", side: int = 64) -> Image.Image:
    rng = np.random.default_rng(5)
    return Image.fromarray(rng.integers(0, 256, (side, side, 3), np.uint8)).convert(mode)


# JPEG


def scans(side: int, n: int) -> bytes:
    whole = saved(Image.new("RGB", (side, side)), "JPEG", progressive=True)
    return whole[:-2] + whole[whole.rindex(b"\xff\xda") : -2] * n + whole[-2:]


def segments(payload: bytes, marker: int = 0xE1) -> bytes:
    whole = saved(small(), "JPEG")
    one = b"\xff" + bytes([marker]) + (len(payload) + 2).to_bytes(2, "big") + payload
    return whole[:2] + one * ((MOST - len(whole)) // len(one)) + whole[2:]


def exif(entries: int, claimed: int, extra: bytes = b"") -> bytes:
    """A TIFF block whose entries each claim some bytes at its start."""
    tags = b"".join(struct.pack("<HHLL", 1000 + i, 7, claimed, 8) for i in range(entries))
    return b"II*\x00" + struct.pack("<LH", 8, entries) + tags + b"\x00" * 4 + extra


def jpeg_with_exif(block: bytes) -> bytes:
    whole = saved(small(), "JPEG")
    pieces = [b"Exif\x00\x00" + block[at : at + 65_000] for at in range(0, len(block), 65_000)]
    return (
        whole[:2]
        + b"".join(b"\xff\xe1" + (len(one) + 2).to_bytes(2, "big") + one for one in pieces)
        + whole[2:]
    )


def empty_jpeg(width: int, height: int) -> bytes:
    """A head and nothing behind it."""
    whole = bytearray(saved(small(), "JPEG", progressive=True))
    at = whole.index(b"\xff\xc2")
    whole[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(whole[: whole.index(b"\xff\xda") + 14]) + b"\xff\xd9"


# PNG


def chunk(kind: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))


def png(
    width: int,
    height: int,
    depth: int,
    colour: int,
    interlaced: int = 0,
    before: bytes = b"",
    after: bytes = b"",
    raw: bytes | None = None,
) -> bytes:
    bits = depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    packed = zlib.compressobj(9)
    row = b"\x00" * (1 + (width * bits + 7) // 8)
    data = (
        b"".join(packed.compress(row) for _ in range(height))
        if raw is None
        else packed.compress(raw)
    )
    palette = chunk(b"PLTE", b"\x00" * 768) if colour == 3 else b""
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">LLBBBBB", width, height, depth, colour, 0, 0, interlaced))
        + palette
        + before
        + chunk(b"IDAT", data + packed.flush())
        + after
        + chunk(b"IEND")
    )


def huge() -> bytes:
    return exif(60_000, 9_000_000, b"x" * 8_400_000)


def profile(n: int) -> bytes:
    return chunk(b"iCCP", b"a\x00\x00" + zlib.compress(bytes(n)))


def text_bombs() -> bytes:
    packed = zlib.compress(b" " * 1_000_000)
    return b"".join(chunk(b"zTXt", b"k%d\x00\x00" % i + packed) for i in range(2_000))


# Others


def tiff(tags: list[tuple[int, int, int, int]], extra: bytes = b"") -> bytes:
    """tags: (tag, type, count, value); extra lies behind them."""
    body = b"".join(struct.pack("<HHLL", *tag) for tag in sorted(tags))
    return b"II*\x00" + struct.pack("<LH", 8, len(tags)) + body + b"\x00" * 4 + extra


def strips(n: int, side: int) -> bytes:
    head = 8 + 2 + 12 * 9 + 4
    places = struct.pack(f"<{n}L", *[head] * n) + struct.pack(f"<{n}L", *[side] * n)
    return tiff(
        [
            (256, 4, 1, side),
            (257, 4, 1, n),
            (258, 3, 1, 8),
            (259, 3, 1, 1),
            (262, 3, 1, 1),
            (273, 4, n, head),
            (277, 3, 1, 1),
            (278, 4, 1, 1),
            (279, 4, n, head + 4 * n),
        ],
        places,
    )


def directories(n: int) -> bytes:
    whole = saved(small("L"), "TIFF")
    return whole + b"\x00" * (n * 6)


def gif(width: int, height: int, middle: bytes) -> bytes:
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\x00" * 6
    return (
        head
        + middle
        + b","
        + struct.pack("<HHHHB", 0, 0, width, height, 0)
        + b"\x02\x02\x4c\x01\x00;"
    )


def bmp(width: int, height: int, compression: int, data: bytes) -> bytes:
    head = struct.pack(
        "<LllHHLLllLL",
        40,
        width,
        height,
        1,
        8 if compression == 1 else 4,
        compression,
        len(data),
        0,
        0,
        256,
        0,
    )
    at = 14 + 40 + 1024
    return b"BM" + struct.pack("<LHHL", at + len(data), 0, 0, at) + head + b"\x00" * 1024 + data


def webp(pieces: bytes, width: int = 64, height: int = 64, flags: int = 0) -> bytes:
    head = (
        b"VP8X"
        + struct.pack("<LL", 10, flags)
        + (width - 1).to_bytes(3, "little")
        + (height - 1).to_bytes(3, "little")
    )
    return b"RIFF" + struct.pack("<L", 4 + len(head) + len(pieces)) + b"WEBP" + head + pieces


def part(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack("<L", len(data)) + data + b"\x00" * (len(data) % 2)


def frames(kind: str, side: int, n: int) -> bytes:
    every = [Image.new("RGB", (side, side), (i % 256, 0, 0)) for i in range(n)]
    return saved(every[0], kind, save_all=True, append_images=every[1:])


def made() -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Hostile pictures, by what is bad about them."""
    yield "JPEG, 1,000 scans of 2000 x 2000", lambda: scans(2000, 1000)
    yield "JPEG, 60 scans of 2000 x 2000", lambda: scans(2000, 50)
    yield "JPEG, 60 scans of 9990 x 9990", lambda: scans(9990, 50)
    yield (
        "JPEG, sound progressive of 9990 x 9990",
        lambda: saved(Image.new("RGB", (9990, 9990)), "JPEG", progressive=True),
    )
    yield "JPEG, 9990 x 9990 without data", lambda: empty_jpeg(9990, 9990)
    yield "JPEG, 800,000 pieces of Exif", lambda: segments(b"Exif\x00\x00x")
    yield "JPEG, 2,000,000 empty comments", lambda: segments(b"", 0xFE)
    yield "JPEG, tables 2,000,000 times", lambda: segments(b"", 0xDB)
    yield "JPEG, Exif of 60,000 tags that claim 9 MB each", lambda: jpeg_with_exif(huge())
    yield (
        "JPEG, Exif of 60,000 tags of 100 bytes",
        lambda: jpeg_with_exif(exif(60_000, 100, b"x" * 100)),
    )
    yield "JPEG, bytes FF without end", lambda: saved(small(), "JPEG")[:-2] + b"\xff" * 9_900_000
    yield "PNG, 100 MP of 1 bit", lambda: png(9990, 9990, 1, 0)
    yield "PNG, 100 MP in colour", lambda: png(9990, 9990, 8, 2)
    yield (
        "PNG, 100 MP in colour, transparent, 16 bits, interlaced",
        lambda: png(9990, 9990, 16, 6, 1, raw=b"\x00" * 8 * 10**7),
    )
    yield "PNG, 100 MP with a palette", lambda: png(9990, 9990, 8, 3)
    yield "PNG, row of 99 MP", lambda: png(99_000_000, 1, 8, 0)
    yield "PNG, column of 99 MP", lambda: png(1, 99_000_000, 1, 0, raw=b"\x00" * 2 * 99_000_000)
    yield "PNG, 5,000 profiles of 1 MB", lambda: png(64, 64, 8, 2, before=profile(10**6) * 5_000)
    yield "PNG, 2,000 texts of 1 MB", lambda: png(64, 64, 8, 2, before=text_bombs())
    yield (
        "PNG, 2,000 texts of 1 MB behind the pixels",
        lambda: png(64, 64, 8, 2, after=text_bombs()),
    )
    yield "PNG, 800,000 empty chunks", lambda: png(64, 64, 8, 2, before=chunk(b"abCd") * 800_000)
    yield (
        "PNG, 800,000 empty chunks behind",
        lambda: png(64, 64, 8, 2, after=chunk(b"abCd") * 800_000),
    )
    yield (
        "PNG, 400,000 short texts",
        lambda: png(64, 64, 8, 2, before=chunk(b"tEXt", b"a\x00b") * 400_000),
    )
    yield "PNG, 800,000 empty IDAT", lambda: png(64, 64, 8, 2, before=chunk(b"IDAT") * 800_000)
    yield (
        "PNG, eXIf of 60,000 tags that claim 9 MB each",
        lambda: png(64, 64, 8, 2, before=chunk(b"eXIf", huge())),
    )
    yield "PNG, iCCP of 1 GB", lambda: png(64, 64, 8, 2, before=profile(10**9))
    yield "PNG, IDAT of 1 GB for 64 x 64", lambda: png(64, 64, 8, 2, raw=b"\x00" * 10**9)
    yield "PNG, 200 frames of 500 x 500", lambda: frames("PNG", 500, 200)
    yield "GIF, 400 frames of 500 x 500", lambda: frames("GIF", 500, 400)
    yield "GIF, 65535 x 1500 without data", lambda: gif(65_535, 1_500, b"")
    yield (
        "GIF, 5,000,000 short blocks of a comment",
        lambda: gif(64, 64, b"!\xfe" + b"\x01x" * 4_900_000 + b"\x00"),
    )
    yield (
        "GIF, comment of 10 MB",
        lambda: gif(64, 64, b"!\xfe" + (b"\xff" + b"x" * 255) * 38_000 + b"\x00"),
    )
    yield (
        "GIF, 2,000,000 extensions",
        lambda: gif(64, 64, b"!\xf9\x04\x00\x00\x00\x00\x00" * 1_200_000),
    )
    yield "GIF, 9 MB of nothing before the picture", lambda: gif(64, 64, b"\x00" * 9_000_000)
    yield (
        "WebP, canvas of 16383 x 16383",
        lambda: webp(part(b"ANIM", b"\x00" * 6), 16_383, 16_383, 2),
    )
    yield "WebP, 200 frames of 500 x 500", lambda: frames("WEBP", 500, 200)
    yield (
        "WebP, Exif of 60,000 tags that claim 9 MB each",
        lambda: saved(small(), "WEBP", exif=huge()),
    )
    yield "WebP, 9990 x 9990", lambda: saved(Image.new("RGB", (9990, 9990)), "WEBP", method=0)
    yield (
        "WebP, 9990 x 9990 lossless",
        lambda: saved(Image.new("RGB", (9990, 9990)), "WEBP", lossless=True, method=0),
    )
    yield "WebP, 1,000,000 chunks", lambda: webp(part(b"XXXX", b"") * 1_200_000)
    yield "TIFF, 1,200,000 strips", lambda: strips(1_200_000, 80)
    yield "TIFF, 65,000 strips of 1500", lambda: strips(65_000, 1_500)
    yield (
        "TIFF, 60,000 tags that claim 9 MB each",
        lambda: tiff(
            [*SIDES, *((1000 + i, 7, 9_000_000, 8) for i in range(60_000))], b"x" * 9_000_000
        ),
    )
    yield "TIFF, 60,000 tags", lambda: tiff([*SIDES, *((1000 + i, 7, 4, 8) for i in range(60_000))])
    yield (
        "TIFF, bits a sample 2,000,000 times",
        lambda: tiff([*SIDES, (258, 3, 2_000_000, 8), (277, 3, 1, 60_000)], b"x" * 4_000_000),
    )
    yield (
        "TIFF, deflate 100 MP",
        lambda: saved(Image.new("RGB", (9990, 9990)), "TIFF", compression="tiff_adobe_deflate"),
    )
    yield (
        "TIFF, LZW 100 MP",
        lambda: saved(Image.new("RGB", (9990, 9990)), "TIFF", compression="tiff_lzw"),
    )
    yield (
        "TIFF, fax 100 MP",
        lambda: saved(Image.new("1", (9990, 9990)), "TIFF", compression="group4"),
    )
    yield (
        "TIFF, JPEG 100 MP",
        lambda: saved(Image.new("RGB", (9984, 9984)), "TIFF", compression="jpeg"),
    )
    yield "BMP, runs of one", lambda: bmp(3_000, 3_000, 1, b"\x01\x01" * 4_900_000)
    yield (
        "BMP, runs of nothing",
        lambda: bmp(3_000, 3_000, 1, b"\x00\x03\x00\x00"[:2] * 1 + b"\x00\x01" * 4_000_000),
    )
    yield "BMP, jumps", lambda: bmp(9_990, 9_990, 1, b"\x00\x02\x00\x00" * 2_400_000 + b"\x00\x01")
    yield "BMP, far jumps", lambda: bmp(9_990, 9_990, 1, b"\x00\x02\xff\xff" * 40 + b"\x00\x01")
    yield "BMP, lines of nothing", lambda: bmp(9_990, 9_990, 1, b"\x00\x00" * 9_990)
    yield "BMP, runs of one of 4 bits", lambda: bmp(3_000, 3_000, 2, b"\x01\x01" * 4_900_000)
    yield "BMP, 100 MP without data", lambda: bmp(9_990, 9_990, 0, b"")
    yield "AVIF, 8000 x 8000", lambda: saved(Image.new("RGB", (8000, 8000)), "AVIF", speed=10)
    yield "PGM, 100 MP as text", lambda: b"P2 9990 9990 255\n" + b"0 " * 4_900_000
    yield "PBM, one row of text", lambda: b"P1 9990 500 " + b"0" * 4_995_000
    yield "PPM, comments", lambda: b"P6 " + b"#x\n" * 3_000_000 + b"64 64 255\n" + b"\x00" * 12_288


def sound() -> list[bytes]:
    """Small files of every kind, to be damaged."""
    picture = small()
    deep = Image.fromarray(np.arange(64 * 64, dtype=np.uint16).reshape(64, 64) * 16)
    notes = Image.Exif()
    notes[0x0112] = 6
    return [
        saved(picture, "JPEG", exif=notes),
        saved(picture, "JPEG", progressive=True),
        saved(picture.convert("CMYK"), "JPEG"),
        saved(picture, "PNG", exif=notes),
        saved(deep, "PNG"),
        saved(picture.quantize(16), "PNG"),
        saved(small("RGBA"), "PNG"),
        frames("PNG", 32, 3),
        frames("GIF", 32, 3),
        frames("WEBP", 32, 3),
        saved(picture, "WEBP", exif=notes),
        saved(picture, "TIFF", compression="tiff_lzw"),
        saved(deep, "TIFF"),
        saved(picture, "TIFF", compression="jpeg"),
        saved(picture, "BMP"),
        png(64, 64, 8, 2, 1, raw=b"\x00" * 20_000),
        bmp(64, 64, 1, b"\x40\x01\x00\x00" * 64),
    ]


def damaged(content: bytes, rng: random.Random) -> bytes:
    body = bytearray(content)
    for _ in range(rng.randrange(1, 9)):
        at = rng.randrange(len(body))
        match rng.randrange(5):
            case 0:
                body[at] = rng.randrange(256)
            case 1:
                body[at : at + 4] = rng.choice(
                    [b"\xff" * 4, b"\x7f\xff\xff\xff", b"\x00" * 4, b"\xff\xff\x00\x00"]
                )
            case 2:
                del body[at : at + rng.randrange(1, 100)]
            case 3:
                body[at:at] = body[max(0, at - 50) : at] * rng.randrange(1, 50)
            case 4:
                body[at : at + 2] = rng.randbytes(2)
        body = body or bytearray(b"x")
    return bytes(body)


def measure(content: bytes) -> tuple[float, int, str]:
    """Seconds and MB of a decode in a process of its own, and what came of it."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(ours)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began, words = time.perf_counter(), ""
        for size, channels in ((None, None), ((96, 96), 3)):
            try:
                words = f"{image.decode(content, size, channels).shape}"
            except image.Unreadable as error:
                words = str(error)
            except BaseException as error:
                words = f"!!! {type(error).__name__}: {error}"
        took = time.perf_counter() - began
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
        os.write(theirs, f"{took / 2:.3f}\t{grown}\t{words[:90]}".encode())
        os._exit(0)
    os.close(theirs)
    said = os.read(ours, 1000).decode()
    os.close(ours)
    os.waitpid(pid, 0)
    took, grown, words = said.split("\t") if said else ("-1", "-1", "!!! killed")
    return float(took), int(grown), words


def main(mutated: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (12 * 2**30, -1))
    print("| picture | kB | s | MB | answer |\n|---|---|---|---|---|")
    for name, make in made():
        content = make()
        took, grown, words = measure(content)
        print(f"| {name} | {len(content) // 1000} | {took:.2f} | {grown} | {words} |", flush=True)
    rng, files = random.Random(5), sound()
    found = []
    for _ in range(mutated):
        content = damaged(rng.choice(files), rng)
        found.append((*measure(content), len(content)))
    if found:
        took, grown = max(one[0] for one in found), max(one[1] for one in found)
        read = sum(one[2].startswith("(") for one in found)
        odd = [one[2] for one in found if one[2].startswith("!!!")]
        print(
            f"| {mutated} damaged ones | | {took:.2f} | {grown} | {read} read, {mutated - read} "
            f"refused, {len(odd)} not told {odd[:3]} |"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
