"""How are pictures read whose addresses stand in JSON?"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from receta.codecs import json_files
from receta.core import naming
from receta.core.errors import InputError
from receta.core.progress import Progress
from receta.data.dataset import Images, Quarantined
from receta.fetching import hosts, ledger
from receta.sources import Options
from receta.sources.columns import label_sets
from receta.sources.documents import arrangement, json_examples
from receta.sources.documents.shapes import Example

AFTER = "image_zip"  # before json_base64, which takes all other JSON
READS = (
    "a .json or .jsonl of addresses of pictures (content) and their labels (label), which "
    "are downloaded"
)
FORM = "`.json`, `.jsonl` with addresses"
FACTS = (
    '`{"content": "https://…", "label": "b"}` a line, a list, or label -> addresses; '
    "`--content`, `--label` name other keys"
)
USES = ("label", "content", "allow_private", "task")
VERSION = 1  # of this reader


class Downloaded(Images):
    """Pictures that were downloaded, each a file in the cache.

    strays: what could not be, with the status and the address. columns: the keys of a record.
    """

    def __init__(self, place: str, options: Options, progress: Progress) -> None:
        examples, addresses, reader = _list_addresses(place, options)
        ids = naming.unique(
            [
                hosts.name(address) or example.where or "line-1"
                for example, address in zip(examples, addresses, strict=True)
            ]
        )
        wanted = dict.fromkeys(address for address in addresses if address)
        records = _ask_servers(list(wanted), options, progress)
        rows, strays = [], []
        for number, (example, address) in enumerate(zip(examples, addresses, strict=True)):
            reason = example.reason or (records[address].words() if records[address].reason else "")
            if reason:
                strays.append(Quarantined(ids[number], f"{reason} (line {example.line})"))
            else:
                rows.append(number)
        self.strays = tuple(strays)
        _refuse_too_few(
            place, examples, rows, strays, [records[address].reason for address in wanted]
        )
        _tell(progress, examples, rows, [records[address] for address in wanted])
        found = arrangement.arrange(
            place, [examples[number] for number in rows], options.task, reader
        )
        self.task, self.targets, self.class_names = found.task, found.targets, found.class_names
        self.parts, self.groups, self.notes = found.parts, found.groups, found.notes
        label_sets.tell_task(progress, found.task, found.targets, options.task)
        self.ids = [ids[number] for number in rows]
        self.columns = [naming.printable(key) for key in reader.columns]
        self.place = place
        self._folder = str(ledger.folder())
        self._files = [ledger.file_of(addresses[number]) for number in rows]
        whole = hashlib.blake2b(f"{VERSION}\x1f{options}".encode(), digest_size=16)
        for number, file in zip(rows, self._files, strict=True):
            whole.update(
                f"\x1e{file}\x1f{records[addresses[number]].digest}\x1f{examples[number].label}".encode(
                    "utf-8", "surrogatepass"
                )
            )
        self._stamp = whole.hexdigest()

    def raw(self, row: int) -> bytes:
        """The bytes of the picture; raises Unreadable where the cache has lost them."""
        return ledger.content(Path(self._folder, self._files[row]))

    def stamp(self) -> str:
        """Changes with the addresses, the labels and what was downloaded."""
        return self._stamp

    def __repr__(self) -> str:
        return f"json_urls({self.place!r}, {len(self)} pictures, {len(self.class_names)} classes)"


def accepts(place: str, options: Options) -> bool:
    """Any .json, .jsonl or .ndjson (.gz) whose first contents are addresses."""
    # --allow-private is for addresses alone, so whoever says it has such.
    kinds = ("address", "") if options.allow_private else ("address",)
    return json_files.is_json(place) and json_examples.sniff(place, options) in kinds


def json_urls(place: str, options: Options, progress: Progress) -> Downloaded:
    """Pictures by address; downloads what the cache has not.

    Raises InputError with the line that is wrong, or if too little could be downloaded.
    """
    return Downloaded(place, options, progress)


def sample(folder: Path) -> str:
    """Write addresses of eight pictures that the cache holds and return the DATA argument."""
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    place, lines = folder / "addresses.jsonl", []
    for row in range(8):
        out = io.BytesIO()
        Image.new("RGB", (6, 5), (25 * row, 60, 50)).save(out, "PNG")
        # A name that no network can have (RFC 2606), so that the sample needs none.
        address = f"https://receta.invalid/sample/{row}.png"
        record = ledger.record(200, "", address, content=out.getvalue())
        ledger.keep(ledger.folder() / ledger.file_of(address), record, out.getvalue())
        lines.append(json.dumps({"content": address, "label": ("cat", "dog")[row % 2]}))
    place.write_text("\n".join(lines) + "\n")
    return str(place)


def _list_addresses(
    place: str, options: Options
) -> tuple[list[Example], list[str], json_examples.Reader]:
    """Examples, the address of each ('' where there is none), and their reader."""
    examples: list[Example] = []
    addresses: list[str] = []
    with json_files.open_document(place, json_files.plain_file(place)) as document:
        reader = json_examples.Reader(place, document, options, "address")
        for example in reader.examples():
            address = ""
            if example.content is not None:
                is_long = example.content.end - example.content.start > 6 * hosts.MOST_ADDRESS
                text = "" if is_long else document.text(example.content).strip().partition("#")[0]
                reason = "a text too long for an address" if is_long else hosts.why_refused(text)
                if not reason:
                    address = text
                elif not is_long:
                    reason = f"{reason}: {hosts.show_address(text)}"
                example = replace(example, content=None, reason=reason)
            examples.append(example)
            addresses.append(address)
    return examples, addresses, reader


def _ask_servers(
    addresses: list[str], options: Options, progress: Progress
) -> dict[str, ledger.Record]:
    """The record of every address, from the cache or from its server."""
    records = ledger.find_cached(addresses, options.allow_private)
    missing = [address for address in addresses if address not in records]
    if not missing:
        return records
    from receta.fetching import downloading

    with progress.bar("downloading", len(missing), "images") as bar:
        with contextlib.closing(
            downloading.fetch(missing, allow_private=options.allow_private)
        ) as results:
            for address, record in results:
                records[address] = record
                bar.advance(1)
    return records


def _tell(
    progress: Progress, examples: list[Example], rows: list[int], records: list[ledger.Record]
) -> None:
    reasons = Counter(record.reason for record in records if record.reason)
    if reasons:
        progress.say(
            f"{reasons.total():,} of {len(records):,} pictures could not be downloaded "
            f"({_count_reasons(reasons)}) and are left out. "
            "What failed for good (such as HTTP 404) is not asked for again: remove "
            f"{ledger.folder()} to ask for all anew."
        )
    lost = _labels(examples) - _labels(examples[number] for number in rows)
    if lost:
        progress.say(
            f"No picture is left of {naming.first_few(map(naming.printable, sorted(lost)))}."
        )


def _refuse_too_few(
    place: str,
    examples: list[Example],
    rows: list[int],
    strays: list[Quarantined],
    reasons: list[str],
) -> None:
    """One line where no picture is left, or those of one class alone."""
    if not examples:
        raise InputError(
            f"{place} holds no examples (an empty list or object); expected addresses and "
            "labels. Name another file."
        )
    labels, left = _labels(examples), _labels(examples[number] for number in rows)
    if rows and (len(left) > 1 or len(labels) < 2):
        return
    why = Counter(reason for reason in reasons if reason) or Counter(
        stray.reason.partition(": ")[0] for stray in strays
    )
    if rows:
        what = f"only pictures of class {naming.printable(left.pop())!r} are left"
    else:
        what = "no picture could be downloaded" if reasons else "no content is an http(s) address"
    commonest = why.most_common(1)[0][0]
    if "--allow-private" in commonest:
        advice = "Say --allow-private if they are your own servers."
    elif "cannot be found" in commonest or "no connection" in commonest:
        advice = (
            "Check the network and the addresses, then repeat: what is there already is not "
            "asked for again."
        )
    else:
        advice = "Check the addresses."
    raise InputError(
        f"{place}: {what}, {len(strays):,} of {len(examples):,} could not be had "
        f"({_count_reasons(why)}; the first: "
        f"{strays[0].id}); expected http(s) addresses that answer with pictures. {advice}"
    )


def _labels(examples: Iterable[Example]) -> set[str]:
    return {name for example in examples for name in example.names if name}


def _count_reasons(reasons: Counter[str]) -> str:
    shown = [f"{n:,} x {naming.printable(reason)}" for reason, n in reasons.most_common(3)]
    more = len(reasons) - len(shown)
    return ", ".join(shown) + (f" and {more} other reasons" if more > 0 else "")
