"""Small files in the formats of CIFAR, as the publisher's Python 2 wrote them, and pickles that want to do something."""

import gzip
import hashlib
import io
import os
import pickle
import struct
import tarfile

import numpy as np

from minigrad.data.cifar_files import CIFAR10, CIFAR100, PIXELS, Kind


def old_pickle(batch):
    """A dict of arrays, lists and words, in the instructions that Python 2's cPickle wrote (protocol 2)."""
    def word(text):
        return b"U" + bytes([len(text)]) + text.encode()

    out = b"\x80\x02}q\x01("
    for key, value in batch.items():
        out += word(key)
        if isinstance(value, np.ndarray):
            raw = value.tobytes()
            out += (b"cnumpy.core.multiarray\n_reconstruct\nq\x05cnumpy\nndarray\nq\x06K\x00\x85U\x01b\x87Rq\x07(K\x01"
                    + b"".join(b"J" + struct.pack("<i", n) for n in value.shape) + (b"\x86" if value.ndim == 2 else b"\x85")
                    + b"cnumpy\ndtype\nq\x08U\x02u1K\x00K\x01\x87Rq\x09(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
                    + b"\x89T" + struct.pack("<I", len(raw)) + raw + b"tb")
        elif isinstance(value, list):
            out += b"](" + b"".join(word(item) if isinstance(item, str) else b"K" + bytes([item]) for item in value) + b"e"
        else:
            out += word(value)
    return out + b"u."


def small(which, images=4, seed=0):
    """(a Kind like CIFAR-10 or CIFAR-100 with few images in each file, name -> content of its pickles, of its records,
    ((images, labels) of training, of testing))."""
    kind = {"cifar-10": CIFAR10, "cifar-100": CIFAR100}[which]
    rng = np.random.default_rng(seed)
    pickles, records, parts, forms = {}, {}, {False: [], True: []}, ([], [])
    for old, raw in zip(kind.pickles.members, kind.records.members, strict=True):
        pixels = rng.integers(0, 256, (images, PIXELS), np.uint8)
        labels = np.column_stack([rng.integers(0, len(names), images, np.uint8) for names in kind.labels.values()])
        lists = {key: labels[:, i].tolist() for i, key in enumerate(kind.labels)}
        pickles[old.name] = old_pickle({"batch_label": "a part", **lists, "data": pixels, "filenames": ["a.png"] * images})
        records[raw.name] = np.concatenate([labels, pixels], 1).tobytes()
        parts[old.test].append((pixels.reshape(-1, 3, 32, 32), labels))
        for form, member, content in zip(forms, (old, raw), (pickles[old.name], records[raw.name]), strict=True):
            form.append(member._replace(most=len(content), sha256=hashlib.sha256(content).hexdigest(), images=images))
    arrays = [tuple(np.concatenate(part) for part in zip(*parts[test], strict=True)) for test in (False, True)]
    return Kind(kind.collection, kind.pickles._replace(members=tuple(forms[0])), kind.records._replace(members=tuple(forms[1])),
                kind.labels), pickles, records, arrays


def tar(folder, contents, packed=True, **options):
    """The bytes of an archive: folder/name -> content, after a folder and a file that nobody asks for."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=options.pop("format", tarfile.GNU_FORMAT)) as archive:
        top = tarfile.TarInfo(folder)
        top.type = tarfile.DIRTYPE
        archive.addfile(top)
        for name, content in {"readme.html": b"<html>", **contents}.items():
            entry = tarfile.TarInfo(f"{folder}/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(out.getvalue(), 1, mtime=0) if packed else out.getvalue()


class Calls:
    """Pickled, a call of a function."""

    def __init__(self, function, *args):
        self.function, self.args = function, args

    def __reduce__(self):
        return self.function, self.args


def bombs(marker):
    """name -> a pickle that would make the file `marker`, take all memory, or end Python, if it were loaded."""
    shell = f"touch {marker}"
    written = pickle.dumps
    return {
        "os.system": written(Calls(os.system, shell), 2), "os.system, protocol 4": written(Calls(os.system, shell), 4),
        "eval": written(Calls(eval, f"open({str(marker)!r}, 'w')"), 2),
        "in a dict": written({"data": Calls(os.system, shell), "labels": []}, 2),
        "builtins.getattr": written(Calls(getattr, "a", "upper"), 2),
        "numpy.load": written(Calls(np.load, os.fspath(marker)), 2),
        "an object": written(Calls(bytearray, 1 << 33), 2),
        "inst": b"(S'touch'\nios\nsystem\n.", "obj": b"(cos\nsystem\nU\x01ao.",
        "newobj": b"cos\nsystem\nU\x01a\x85\x81.", "persistent": b"Pa\n.", "extension": b"\x82\x01.",
        "a state": b"cos\nsystem\n}U\x01aU\x01bsb.",
        "nested lists": b"\x80\x02" + b"]" * 2_000_000 + b"a" * 1_999_999 + b".",
        "nested tuples": b"\x80\x02)" + b"\x85" * 400_000 + b".",
        "a nested key": b"\x80\x02})" + b"\x85" * 400_000 + b"Ns.",
        "a cycle": b"\x80\x02]q\x01h\x01a.", "a memo of 2**32": b"\x80\x02Nr\xff\xff\xff\xff.",
        "a string of 2**63": b"\x80\x04\x8e" + struct.pack("<Q", 1 << 63) + b"a.",
        "a long of 2**31": b"\x80\x02\x8b" + struct.pack("<i", -(1 << 31)) + b".",
        "a huge shape": _array(b"J\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x86"),
        "a negative shape": _array(b"J\xff\xff\xff\xffK\x01\x86"),
        "objects": _array(b"K\x01K\x01\x86", b"O8"), "a void": _array(b"K\x01K\x01\x86", b"V9999999"),
        "laughs": b"\x80\x02]q\x00" + b"".join(b"]q%c(%be" % (i + 1, b"h%c" % i * 9) for i in range(99)) + b".",
        "empty": b"", "only a stop": b".", "no stop": b"\x80\x02}",
    }


def _array(shape, code=b"u1"):
    return (b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01" + shape
            + b"cnumpy\ndtype\nU" + bytes([len(code)]) + code + b"K\x00K\x01\x87R\x89U\x01atb.")
