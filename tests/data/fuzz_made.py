"""What fuzz_files.py reads: whole files of each kind, then the same damaged in many ways, and files that mean harm."""

import gzip
import io
import pickle
import struct
import zipfile
import zlib

import numpy as np

from minigrad.data.idx import write_idx
from tests.data.hostile import Calls, bombs, old_pickle, small, tar

EXTREMES = [b"\0\0\0\0", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x7f\xff\xff\xff", b"\0\0\0\x80", b"\x80\0\0\0",
            b"\xff" * 8,
            b"\xff" * 7 + b"\x7f", b"\0" * 8, b"\0\0\0\0\1\0\0\0"]
PICTURES = (".png", ".jpg", ".bmp", ".gif", ".webp", ".ppm")


def model():
    """A small network of which files are loaded."""
    import minigrad as mg

    return mg.nn.Sequential(mg.nn.Linear(4, 3), mg.nn.ReLU(), mg.nn.Linear(3, 2))


def damaged(data, rng):
    """`data` with a few bytes changed, cut off, put in, repeated, or replaced by numbers at the end of a range."""
    data = bytearray(data)
    for _ in range(rng.integers(1, 5)):
        at = int(rng.integers(0, len(data) + 1)) if rng.random() < .5 else int(rng.integers(0, min(len(data), 200) + 1))
        size = int(rng.integers(1, 1 + min(64, max(1, len(data)))))
        match rng.integers(0, 8):
            case 0 | 1:
                for _ in range(int(rng.integers(1, 9))):
                    if data:
                        data[int(rng.integers(0, len(data)))] ^= 1 << int(rng.integers(0, 8))
            case 2:
                data[at:at + 4] = EXTREMES[int(rng.integers(0, len(EXTREMES)))]
            case 3:
                del data[at:at + size]
            case 4:
                data[at:at] = rng.bytes(size)
            case 5:
                data[at:at] = data[at:at + size] * int(rng.integers(1, 50))
            case 6:
                data[at:at + size] = rng.bytes(size)
            case 7:
                del data[at:]
    return bytes(data)


def zeros(mebibytes, wbits, head=b""):
    """`head`, then that many MiB of zeros, deflated: made at once, since each MiB gives the same bytes. Its checksum is
    wrong."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, wbits)
    start = deflate.compress(head) + deflate.compress(bytes(1 << 20)) + deflate.flush(zlib.Z_FULL_FLUSH)
    again = deflate.compress(bytes(1 << 20)) + deflate.flush(zlib.Z_FULL_FLUSH)
    return start + again * (mebibytes - 1) + deflate.flush()


class Maker:
    """Makes files in a folder."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.marker = folder / "marker"
        self.made = {}

    def make(self, kind, rng, number):
        """The path of the file `number` of a kind: every second is hostile, as it is, until there are no more; the others are
        damaged."""
        wholes, _, inside = self.seeds(kind)
        hostile = self.harm(kind)
        if number % 2 == 0 and number // 2 < len(hostile):
            return self.write(kind, hostile[number // 2])
        if hostile and rng.random() < .15:
            return self.write(kind, damaged(hostile[int(rng.integers(0, len(hostile)))], rng), rng)
        which = int(rng.integers(0, len(wholes)))
        if inside and rng.random() < .6:        # what is packed, damaged, in a pack that is sound
            raw, pack = inside[int(rng.integers(0, len(inside)))]
            return self.write(kind, pack(damaged(raw, rng)), rng)
        return self.write(kind, damaged(wholes[which], rng), which)

    def right(self, kind):
        """How many whole files of a kind there are."""
        return len(self.seeds(kind)[0])

    def whole(self, kind, which):
        return self.write(kind, self.seeds(kind)[0][which], which)

    def write(self, kind, data, which=0):
        path = self.folder / f"file.{kind.split()[-1]}"
        if kind == "picture":
            end = PICTURES[which % len(PICTURES)] if isinstance(which, int) else PICTURES[int(which.integers(0, len(PICTURES)))]
            for old in self.folder.glob("pictures/class/*"):
                old.unlink()
            path = self.folder / "pictures" / "class" / f"file{end}"
            path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def harm(self, kind):
        """The files of a kind that mean harm: made only where they are read."""
        if ("harm", kind) not in self.made:
            self.made["harm", kind] = self.seeds(kind)[1]()
        return self.made["harm", kind]

    def seeds(self, kind):
        """(whole files, what makes those that mean harm, [(content, how it is packed)])."""
        if kind not in self.made:
            self.made[kind] = getattr(self, kind.replace(" ", "_").replace(".", "_"))()
        return self.made[kind]

    def saved(self, name, write):
        path = self.folder / name
        write(path)
        return path.read_bytes()

    def idx(self):
        arrays = [np.arange(60, dtype=code).reshape(5, 4, 3) for code in ("u1", "i2", "f4", "f8")] + [np.arange(9,
                                                                                                                dtype=np.uint8)]
        wholes = [self.saved("seed", lambda path, a=a: write_idx(path, a)) for a in arrays]
        hostile = [b"\0\0\x08\x03" + b"\xff" * 12, b"\0\0\x0e" + b"\x20" + b"\xff\xff\xff\xff" * 32,
                   b"\0\0\x08\x04" + b"\0\0\0\0" + b"\xff" * 12,
                   b"\0\0\x08\x01\x7f\xff\xff\xff" + bytes(1000), b"", b"\0\0"]
        return wholes, lambda: hostile, []

    def idx_gz(self):
        wholes, harm, _ = self.idx()
        hostile = harm()
        big = zeros(80, 31, b"\0\0\x08\x01" + struct.pack(">I", 80 << 20))
        return ([gzip.compress(data) for data in wholes],
                lambda: [gzip.compress(data) for data in hostile] + [big, big[:-1000],
                                                                     zeros(50, 31,
                                                                           b"\0\0\x08\x01" + struct.pack(">I", 50 << 20))],
                [(data, gzip.compress) for data in (*wholes, *hostile)])

    def cifar_pickles(self):
        kind, pickles, *_ = small("cifar-10")
        first = next(iter(pickles))

        def pack(data, packed=True):
            return tar(kind.pickles.folder, pickles | {first: data}, packed)

        evil = list(bombs(self.marker).values())
        inner = tar(kind.pickles.folder, pickles, False)
        long = tar(kind.pickles.folder, {"x" * 300: b"", **pickles}, False)
        return ([tar(kind.pickles.folder, pickles), inner],
                lambda: [pack(bomb) for bomb in evil if len(bomb) < 1 << 20] + self.tars(),
                [(inner, gzip.compress), (long, gzip.compress), *((pickles[first], pack) for _ in range(6)),
                 *((bomb, pack) for bomb in evil if len(bomb) < 9999)])

    def cifar_records(self):
        kind, _, records, _ = small("cifar-10")
        inner = tar(kind.records.folder, records, False)
        first = next(iter(records))
        return ([tar(kind.records.folder, records), inner], self.tars,
                [(inner, gzip.compress), (records[first], lambda data: tar(kind.records.folder, records | {first: data}))])

    def tars(self):
        """Archives that promise too much: a huge member, one that unpacks without an end, a header within itself."""
        import tarfile

        huge = tarfile.TarInfo("data_batch_1")
        huge.size = (8 << 30) - 1
        endless = tarfile.TarInfo("something")
        endless.size = 2 << 30
        big = zeros(120, 31, endless.tobuf())
        linked = tarfile.TarInfo("data_batch_1")
        linked.type, linked.linkname = tarfile.SYMTYPE, "/etc/passwd"
        pax = tarfile.TarInfo("pax")
        pax.type, pax.size = tarfile.XHDTYPE, 6 << 30
        return [huge.tobuf(), gzip.compress(huge.tobuf()), big, linked.tobuf() + bytes(1024), pax.tobuf() + bytes(512)]

    def pickle(self):
        things = {"data": np.arange(12, dtype=np.uint8).reshape(3, 4), "labels": [1, 2], "name": "x", "nested": [(1, None), {}]}
        return ([pickle.dumps(things, protocol) for protocol in (2, 3, 4,
                                                                 5)] + [old_pickle({"data": np.zeros((2, 3), np.uint8)})],
                lambda: [bomb for bomb in bombs(self.marker).values() if bomb], [])

    def mat(self):
        from scipy.io import savemat

        rng = np.random.default_rng(0)
        arrays = {"X": rng.standard_normal((6, 3)), "y": np.array([[1], [-1]] * 3, np.int16)}
        more = {**arrays, "cell": np.array([[1, "a"]], object), "s": {"a": 1, "b": np.ones(3)}, "text": "abc"}
        wholes = [self.saved("seed.mat", lambda path, a=a, c=c: savemat(path, a, do_compression=c))
                  for a in (arrays, more) for c in (False, True)]
        older = self.saved("seed.mat", lambda path: savemat(path, arrays, format="4"))
        head = wholes[0][:128]
        bomb = zeros(80, 15, struct.pack("<II", 14, 80 << 20))
        return wholes, lambda: [older, head, head + struct.pack("<II", 15, len(bomb)) + bomb,
                                head + struct.pack("<II", 14, 0xFFFFFFF0)], [
            (wholes[0][128:], lambda data: head + struct.pack("<II", 15, len(packed := zlib.compress(data))) + packed)]

    def csv(self):
        table = "a,b,kind\n1,2.5,x\n-3e5,4,y\n5,6,x\n"
        wholes = [text.encode() for text in (table, table.replace(",", ";"), '"a","b"\n"1","2"\n', "1\t2\n3\t4\n", "1,2\n")]
        hostile = [b"", b"\0" * 9999, b"," * (1 << 19), b'"' * 99999, b"1,2\n" * 50000 + b"x", b"9" * 5_000_000, b"1e999,1\n",
                   b'a,b\n"' + b"x\n" * 90000, b"\xff\xfe1\0,\0", "ä,\uff11\n\uff11,\uff12\n".encode(),
                   b"1,2\n" + b"1,%d\n" * 20000 % (*range(20000),)]
        return wholes, lambda: hostile, []

    def npz(self):
        arrays = {"x": np.arange(24, dtype=np.float32).reshape(2, 3, 4), "y": np.array([1, 0]), "t": np.array(["a", "bc"])}
        out = [io.BytesIO() for _ in range(3)]
        np.savez(out[0], **arrays)
        np.savez_compressed(out[1], **arrays)
        np.save(out[2], arrays["x"])
        evil = io.BytesIO()
        np.savez(evil, a=np.array([Calls(exec, f"open({str(self.marker)!r}, 'w')")], object))

        def pack(data, method=zipfile.ZIP_DEFLATED):
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w", method) as archive:
                archive.writestr("x.npy", data)
            return packed.getvalue()

        def header(text):
            return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()

        dicts = [f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}}}" for descr, shape in (
            ("|u1", "(1<<60,)"), ("|u1", f"({1 << 62},)"), ("|u1", f"(0, {1 << 62}, {1 << 62})"), ("|O", "(1,)"),
            ("<f8", "(-5,)"),
            ("V2000000000", "(1,)"), ("(99,99,99,99)f8", "(1,)"), ("<U500000000", "(1,)"), ("<f8", "(" * 150 + ")" * 150))]
        hostile = [evil.getvalue(), pack(header(dicts[1]) + bytes(8 << 20)), b"PK\5\6" + b"\xff" * 18,
                   pack(header("__import__('os').system('touch x')")), pack(header("-" * 9000 + "1")),
                   pack(b"", zipfile.ZIP_LZMA),
                   *(pack(header(text)) for text in dicts), *(header(text) for text in dicts)]
        wholes = [stream.getvalue() for stream in out]
        return wholes, lambda: hostile, [(wholes[2], pack), (header(dicts[1]), pack),
                                 (wholes[2], lambda data: pack(data, zipfile.ZIP_STORED))]

    def picture(self):
        from PIL import Image

        rng = np.random.default_rng(0)
        colour = Image.fromarray(rng.integers(0, 256, (20, 30, 3), np.uint8))
        wholes = [self.saved(f"seed{end}", lambda path: colour.save(path)) for end in PICTURES]
        wholes += [self.saved(f"seed{end}", lambda path: colour.quantize(9).save(path)) for end in (".png", ".bmp", ".gif")]
        exif = Image.Exif()
        exif[0x0112], exif[0x8769] = 6, {0x9286: b"x" * 99}
        wholes.append(self.saved("seed.jpg", lambda path: colour.save(path, exif=exif, progressive=True)))
        return wholes, self.pictures, []

    def pictures(self):
        """Those that say they are huge, or hold what unpacks to much."""
        ppm = [b"P6\n99999999 99999999\n255\n", b"P5 8000 8000 65535\n" + bytes(99), b"P6\n" + b"9" * 99999]
        return [self.png(struct.pack(">II", side, side)) for side in (0xFFFFFFFF, 0x7FFFFFFF, 60000, 8000)] + ppm + [
            b"", b"GIF89a" + b"\xff" * 99, b"BM" + b"\xff" * 99, b"RIFF\xff\xff\xff\xffWEBPVP8 " + bytes(99)]

    @staticmethod
    def png(size):
        def chunk(name, data):
            return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

        text = chunk(b"zTXt", b"a\0\0" + zeros(80, 15))
        return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size + b"\x08\x06\0\0\0") + text
                + chunk(b"IDAT", zeros(100, 15)) + chunk(b"IEND", b""))

    def safetensors(self):
        import minigrad as mg

        whole = self.saved("seed.safetensors", lambda path: mg.nn.save(model(), path))

        def header(text):
            return struct.pack("<Q", len(text)) + text.encode()

        one = '{"a":{"dtype":"F32","shape":%s,"data_offsets":[%s]}}'
        return [whole], lambda: [struct.pack("<Q", 1 << 63), struct.pack("<Q", 99999999) + b"{" * 9999, header("[" * 50000),
                         header("{}"),
                         header(one % ("[4611686018427387904, 4]", "0, 0")), header(one % ("[2]", "0, 8")),
                         header(one % ("[2]", "8, 0")),
                         header(one % ("[0, 99999999999]", "0, 0")), header('{"a":1}'), b""], [
                             (whole[8:whole.index(b"}}") + 2], lambda text: struct.pack("<Q", len(text)) + text + whole[-200:])]

    def checkpoint(self):
        import minigrad as mg

        layers = model()
        optimizer = mg.optim.SGD(layers.parameters(), lr=.1, momentum=.9)
        whole = self.saved("seed.checkpoint", lambda path: mg.train.save_checkpoint(path, layers, optimizer, 3))
        size = struct.unpack("<Q", whole[:8])[0]
        return [whole], self.safetensors()[1], [(whole[8:8 + size],
                                                 lambda text: struct.pack("<Q", len(text)) + text + whole[8 + size:]),
                                                (whole[8 + size:], lambda data: whole[:8 + size] + data)]
