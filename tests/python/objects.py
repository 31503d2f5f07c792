"""Random JSON-shaped objects and what Python makes of them.

    python3 objects.py SEED COUNT

Prints one JSON object per line: the object's JSON text under "text", and under each encoding's
name the length and SHA-256 of its bytes. The last line holds the library versions. "msgpack" is
there only when that package is installed.
"""

import hashlib
import json
import pickle
import random
import sys
import zlib

try:
    import msgpack
except ImportError:
    msgpack = None

ALPHABETS = [
    "abcdefghijklmnopqrstuvwxyz0123456789",
    "ab",
    " \"\\/\b\f\n\r\t\x00\x1f\x7f",
    "äöüßéñçÿ\x80\xff",
    "ĀłŠ中文日本\u2028\ufeff",
    "😀🚀𝄞",
]
INTEGERS = [
    0, 1, -1, 9999, 10000, 127, 128, 255, 256, 65535, 65536, -128, -129, -32768, -32769,
    2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**32 - 1, 2**32, 2**63 - 1, 2**63, 2**64 - 1,
    -(2**63), -(2**63) + 1,
]
FLOATS = [0.0, -0.0, 0.1, 1e15, 1e16, 1e-4, 1e-5, 5e-324, 1.7976931348623157e308, 1.5, -2.25]


def text(rng):
    alphabet = rng.choice(ALPHABETS)
    length = rng.choice([0, 1, 1, 2, 3, 5, 8, 13, 40, 255, 256, 300])
    return "".join(rng.choice(alphabet) for _ in range(length))


def scalar(rng):
    kind = rng.randrange(8)
    if kind == 0:
        return rng.choice([None, True, False])
    if kind == 1:
        return rng.choice(INTEGERS)
    if kind == 2:
        return rng.randrange(-(10 ** rng.randrange(1, 19)), 10 ** rng.randrange(1, 19))
    if kind == 3:
        return rng.choice(FLOATS)
    if kind == 4:
        return rng.uniform(-1, 1) * 10.0 ** rng.randrange(-30, 30)
    return text(rng)


def value(rng, depth):
    if depth == 0 or rng.random() < 0.4:
        return scalar(rng)
    length = rng.choice([0, 1, 2, 3, 5, 8])
    if rng.random() < 0.5:
        return [value(rng, depth - 1) for _ in range(length)]
    # Few names, so that keys and values repeat each other.
    names = ["id", "a", "b", "", "é", "name", "addresses", text(rng), text(rng)]
    return {rng.choice(names): value(rng, depth - 1) for _ in range(length)}


def large(rng):
    """Around the sizes where pickle starts a batch or a frame."""
    kind = rng.randrange(5)
    n = rng.choice([999, 1000, 1001, 1999, 2000, 2001, 5000])
    if kind == 0:
        return [scalar(rng) for _ in range(n)]
    if kind == 1:
        return {f"key {i}": scalar(rng) for i in range(n)}
    if kind == 2:
        return [{"id": i, "name": f"user {i}", "tag": "x"} for i in range(n)]
    length = rng.choice([65535, 65536, 65537, 70000, 200000])
    if kind == 3:
        return ["a" * length, 1, {"b": "é" * (length // 2)}, scalar(rng)]
    return {"x" * length: [value(rng, 3) for _ in range(2000)]}


def rebuilt(obj, string):
    """The object with every string replaced by string(it)."""
    if isinstance(obj, str):
        return string(obj)
    if isinstance(obj, list):
        return [rebuilt(item, string) for item in obj]
    if isinstance(obj, dict):
        return {string(k): rebuilt(v, string) for k, v in obj.items()}
    return obj


def encodings(source):
    obj = json.loads(source)
    one = {}
    yield "json", json.dumps(obj).encode()
    compact = json.dumps(obj, separators=(",", ":"), ensure_ascii=False).encode()
    yield "json-compact", compact
    yield "pickle", pickle.dumps(obj, 5)
    yield "pickle-literal", pickle.dumps(rebuilt(obj, lambda s: one.setdefault(s, s)), 5)
    yield "pickle-unshared", pickle.dumps(rebuilt(obj, lambda s: s.encode().decode()), 5)
    if msgpack:
        yield "msgpack", msgpack.packb(obj)
    for level in (1, 6, 9) if len(compact) < 20000 else ():
        yield f"zlib-{level}", zlib.compress(compact, level)


def main(seed, count):
    rng = random.Random(seed)
    for n in range(count):
        obj = large(rng) if n % 100 == 0 else value(rng, 5)
        source = json.dumps(obj, ensure_ascii=rng.random() < 0.5)
        line = {"text": source}
        for name, data in encodings(source):
            line[name] = [len(data), hashlib.sha256(data).hexdigest()]
        print(json.dumps(line))
    versions = {"python": sys.version.split()[0], "zlib": zlib.ZLIB_RUNTIME_VERSION}
    versions["msgpack"] = ".".join(map(str, msgpack.version)) if msgpack else None
    print(json.dumps(versions))


main(int(sys.argv[1]), int(sys.argv[2]))
