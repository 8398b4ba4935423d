"""Builds the two optional extensions; everything else about the distribution stands in pyproject.toml.

    minigrad._native   csrc/: the C++ kernels, compiled once per instruction set, and their bindings (pybind11)
    minigrad._graph    the files of minigrad/graph/ themselves, as one module compiled by Cython; compiled.pxd gives the types

Without a compiler (or Cython) they are left out and the package runs on numpy and plain Python; `minigrad info` says so.
For work in the source tree, in place:  python setup.py build_ext --inplace

Environment:
    MINIGRAD_REQUIRE_NATIVE=1             a compile failure is an error, not a slower install
    MINIGRAD_SANITIZE=address,undefined   build the extensions with these sanitizers
"""

import hashlib
import os
import platform
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.errors import CompileError

REQUIRED = os.environ.get("MINIGRAD_REQUIRE_NATIVE", "") not in ("", "0")
SANITIZE = os.environ.get("MINIGRAD_SANITIZE", "")
HERE = Path(__file__).parent
GRAPH = [Path("minigrad/graph", f"{part}.py")       # in this order
         for part in ("modes", "anomaly", "writes", "node", "elementwise", "backward")]
GENERATED = Path("build", "cython", "minigrad")     # where they are put together for Cython

# NaN, infinities and denormals keep their meaning: of the floating-point liberties only these three, which no result shows.
FLAGS = ["-std=c++17", "-O3", "-g0", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=fast", "-fvisibility=hidden",
         "-fno-semantic-interposition", "-Wall", "-Wextra", "-Wno-psabi", "-Wno-missing-field-initializers"]
# Where more than -O2 was measured to bring nothing: the bindings, and kernels that spell out their vectors.
ENOUGH = [] if SANITIZE else ["-O2"]
SPELT_OUT = {"matmul", "conv", "reduce", "softmax", "loss", "dropout", "optim", "adaptive", "clip", "table"}
LINK = [] if SANITIZE or sys.platform == "win32" else ["-Wl,-x"] if sys.platform == "darwin" else ["-Wl,--strip-all"]
if SANITIZE:
    # Python's own flags have -fwrapv, under which no overflow of a signed integer would be seen.
    sanitizers = [f"-fsanitize={SANITIZE}", "-fno-wrapv", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"]
    FLAGS += ["-O1", "-g1", *sanitizers]
    LINK += sanitizers


def instruction_sets():
    """(name, floats in a vector, compiler flags) of each table of kernels; the first is the one every machine runs."""
    arch = re.findall(r"-arch\s+(\S+)", os.environ.get("ARCHFLAGS", "")) or [platform.machine()]
    if arch[0].lower() in ("x86_64", "amd64"):
        avx2 = ["-mavx2", "-mfma", "-mbmi", "-mbmi2", "-mf16c"]
        avx512 = [*avx2, "-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mavx512cd"]
        return [("baseline", 4, []), ("avx2", 8, avx2), ("avx512", 16, avx512)]
    return [("neon" if arch[0].lower() in ("arm64", "aarch64") else "baseline", 4, [])]


class BuildExtensions(build_ext):
    """Compiles csrc/kernels once per instruction set, in parallel; leaves out what cannot be built, unless REQUIRED."""

    def run(self):
        self.in_source = self.inplace   # the base class takes the flag away while it builds
        for old in Path(self.build_lib, "minigrad").glob("_*.so"):
            old.unlink()                # what an older build left must not travel in a new wheel
        super().run()

    def build_extension(self, ext):
        try:
            if ext.name == "minigrad._native":
                ext.include_dirs += header_folders()
                ext.sources, ext.extra_objects = [], self._compile_all(ext)
                ext.depends = ext.extra_objects
            else:
                ext.sources = translated_graph()
            super().build_extension(ext)
        except Exception:
            if self.in_source:          # an editable install must not go on with a module of older sources
                Path(self.get_ext_filename(ext.name)).unlink(missing_ok=True)
            raise

    def _compile_all(self, ext):
        """Compile what changed -> every object file."""
        kernels = sorted(map(str, Path("csrc/kernels").glob("*.cpp")))
        jobs, optional = [], instruction_sets()
        with ThreadPoolExecutor(int(self.parallel or os.cpu_count() or 1)) as pool:
            def start(sources, folder, flags, macros):
                return [pool.submit(self._compile, ext, source, folder,
                                    flags + (ENOUGH if Path(source).stem in SPELT_OUT else []), macros) for source in sources]

            tables = [(name, start(kernels, name, flags, [("MG_ISA", name), ("MG_LANES", str(lanes))]))
                      for name, lanes, flags in optional]
            objects, built = [], []
            for name, futures in tables:
                try:
                    objects += [future.result() for future in futures]
                    built.append(name)
                except CompileError:
                    if name == optional[0][0] or REQUIRED:
                        pool.shutdown(cancel_futures=True)
                        raise
                    print(f"minigrad: the compiler does not make the {name} kernels; they are left out")
            macros = [(f"MG_HAVE_{name.upper()}", "1") for name in built]
            jobs = start(ext.sources, "+".join(built), ENOUGH, macros)
            return [*objects, *(job.result() for job in jobs)]

    def _compile(self, ext, source, folder, flags, macros):
        """One object file, unless there is one of these flags newer than all that it was made of."""
        flags = [*ext.extra_compile_args, *flags]
        key = hashlib.sha256(repr((flags, macros, self.compiler.compiler_so)).encode()).hexdigest()[:8]
        target = Path(self.build_temp, f"{folder}-{key}", source).with_suffix(".o")
        if not self.force and is_new(target):
            return str(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        output, = self.compiler.compile([source], output_dir=str(Path(self.build_temp, f"{folder}-{key}")),
                                        macros=[*ext.define_macros, *macros], include_dirs=ext.include_dirs,
                                        extra_postargs=[*flags, "-MMD"])        # a list of what it includes, beside it
        return output


def is_new(target):
    """Whether an object file is newer than its source and every header that it includes, as its list of them says."""
    try:
        made = target.stat().st_mtime
        names = target.with_suffix(".d").read_text().replace("\\\n", " ").partition(":")[2].split()
        return all(Path(name).stat().st_mtime < made for name in names)
    except OSError:             # it, its list, or something on it is not there
        return False


def header_folders():
    """Where the headers of numpy and pybind11 are."""
    try:
        import numpy
        import pybind11
    except ImportError as error:
        raise CompileError(f"the bindings need numpy and pybind11: {error}") from error
    return [numpy.get_include(), pybind11.get_include()]


def translated_graph():
    """[the C file that Cython makes of the parts of the graph, their types in compiled.pxd, and the hashes of all of them]."""
    try:
        from Cython.Build import cythonize
    except ImportError as error:
        raise CompileError(f"the compiled graph needs Cython: {error}") from error
    types = Path("minigrad/graph/compiled.pxd")
    hashes = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in [*GRAPH, types]}
    of_each_other = re.compile(r"^from minigrad\.graph\.\w+ import .*\n", flags=re.M)
    parts = [of_each_other.sub("", file.read_text(encoding="utf-8")) for file in GRAPH]
    GENERATED.mkdir(parents=True, exist_ok=True)
    write_if_new(GENERATED / "_graph.py", "\n\n".join([*parts, f"SOURCES = {hashes}\n"]))
    write_if_new(GENERATED / "_graph.pxd", types.read_text(encoding="utf-8"))
    made, = cythonize(      # the types are found by the include path alone: the folder is no package
        [Extension("minigrad._graph", [str(GENERATED / "_graph.py")])], quiet=True, include_path=[str(GENERATED.parent)],
        compiler_directives={"language_level": 3, "binding": False, "wraparound": False, "embedsignature": False})
    return made.sources


def write_if_new(path, text):
    """Leave an unchanged file alone, so that Cython does not compile it again."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


os.chdir(HERE)
bindings = sorted(str(p) for folder in ("runtime", "bindings") for p in Path("csrc", folder).glob("*.cpp"))     # compiled once
extensions = [
    Extension("minigrad._native", bindings, include_dirs=["csrc"], language="c++", optional=not REQUIRED,
              define_macros=[("NPY_NO_DEPRECATED_API", "NPY_2_0_API_VERSION"), ("NPY_TARGET_VERSION", "NPY_2_0_API_VERSION")],
              extra_compile_args=FLAGS, extra_link_args=[*LINK, "-pthread"]),
    Extension("minigrad._graph", [str(part) for part in GRAPH], optional=not REQUIRED,
              extra_compile_args=["-O3"] if sys.platform != "win32" else [], extra_link_args=LINK),
]
if sys.platform == "win32":     # its C++ is written in the vector extensions of GCC and Clang; MSVC has none
    print("minigrad: the native kernels are not built on Windows: the numpy table runs there")
    del extensions[0]

setup(cmdclass={"build_ext": BuildExtensions}, ext_modules=extensions)
