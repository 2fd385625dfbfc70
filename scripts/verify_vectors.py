#!/usr/bin/env python3
"""Reads stores of the artifact format, version 1, with nothing but Python's standard library.

The format's second description, after docs/format.md: written from that document and not from our code, and run against
the test vectors on every build.

    python3 scripts/verify_vectors.py packages/testkit/vectors
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
import sys
import unicodedata
from decimal import Decimal
from pathlib import Path

RECORD = "application/vnd.artifacts.record.v1+json"
TOMBSTONE = "application/vnd.artifacts.tombstone.v1+json"
LEDGER = "application/vnd.artifacts.ledger.v1+json"

KIB, MIB = 1024, 1024 * 1024
MAX_LINE = 32 * KIB
MAX_LEDGER = MIB
MAX_PAYLOAD = 20 * KIB
MIN_CHUNK, MAX_CHUNK = MIB, 128 * MIB
MAX_CHUNKS = 65_536
MAX_SIZE = MAX_CHUNK * MAX_CHUNKS
MAX_TIME = 9_999_999_999_999
GRACE_MS = 24 * 60 * 60 * 1000


class Refused(Exception):
    def __init__(self, code, why):
        super().__init__(why)
        self.code = code


class Mismatch(Exception):
    """A vector says one thing and this reader finds another."""


def check(condition, message):
    if not condition:
        raise Mismatch(message)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


# --- Ids and keys -----------------------------------------------------------------------------------------------------


def problem_of_id(text):
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError:
        return "lone surrogate"
    if text == "":
        return "is empty"
    if len(data) > 512:
        return "longer than 512 bytes"
    if unicodedata.normalize("NFC", text) != text:
        return "normalisation form C"
    if any(unicodedata.category(character) == "Cc" for character in text):
        return "control character"
    if len(escape(text)) > 768:
        return "longer than 768 bytes"
    for segment in text.split("/"):
        if segment == "":
            return "empty segment"
        if segment in (".", ".."):
            return f'"{segment}" segment'
    return None


def escape(text):
    plain = b"abcdefghijklmnopqrstuvwxyz0123456789._/-"
    return "".join(chr(byte) if byte in plain else f"={byte:02x}" for byte in text.encode("utf-8"))


def unescape(key):
    """The id of an escaped form; None when no id has it."""
    if not re.fullmatch(r"(?:[a-z0-9._/-]|=[0-9a-f]{2})*", key):
        return None
    data = re.sub(rb"=(..)", lambda match: bytes.fromhex(match[1].decode()), key.encode(), flags=re.DOTALL)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if problem_of_id(text) is None and escape(text) == key else None


def namespace_prefix(name):
    check("/" not in name and problem_of_id(name) is None and len(escape(name)) <= 64, f"namespace {name!r}")
    return f"ns/{escape(name)}/"


def record_key(artifact_id):
    return "records/" + escape(artifact_id)


def content_key(artifact_id, revision):
    return f"content/{sha256(artifact_id.encode())}/{revision}"


def pending_key(time, marker, revision, artifact_id):
    return f"pending/{time:013d}-{marker}/{revision}/{escape(artifact_id)}"


def expiry_key(time, revision, artifact_id):
    return f"expiry/{time:013d}-{revision}/{escape(artifact_id)}"


def probe_key(marker):
    return f"probe/{marker}"


# --- JSON in its one spelling -----------------------------------------------------------------------------------------


def parse_exact(data):
    """JSON whose text is exactly what ECMAScript's JSON.stringify makes of its value; ValueError otherwise."""
    text = data.decode("utf-8")
    value = json.loads(text, parse_int=to_number, parse_float=to_number, parse_constant=no_constant)
    # A duplicate member is gone from the value, so it is missing from this text.
    if stringify(value) != text:
        raise ValueError("not in the one spelling")
    return value


def no_constant(name):
    raise ValueError(f"{name} is not JSON")


def to_number(text):
    """ECMAScript has only doubles. One that is a whole number without loss becomes an int here, as in its text."""
    number = float(text)
    return int(number) if abs(number) < 2**53 and number.is_integer() else number


def stringify(value):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return stringify_number(value)
    if isinstance(value, str):
        return stringify_string(value)
    if isinstance(value, list):
        return "[" + ",".join(map(stringify, value)) + "]"
    # Members named like an index of an array come first, in their order; all others as they were written.
    names = sorted(filter(is_index, value), key=int) + [name for name in value if not is_index(name)]
    return "{" + ",".join(f"{stringify_string(name)}:{stringify(value[name])}" for name in names) + "}"


def is_index(name):
    return re.fullmatch(r"0|[1-9][0-9]{0,9}", name) is not None and int(name) < 2**32 - 1


def stringify_number(number):
    if isinstance(number, int):
        return str(number)
    if number in (float("inf"), float("-inf")):
        return "null"
    # repr gives the shortest digits that mean this double, as ECMAScript does; only where it puts the point differs.
    sign, digits, exponent = Decimal(repr(number)).normalize().as_tuple()
    text = "".join(map(str, digits))
    point = len(text) + exponent
    if point > 21 or point <= -6:
        mantissa = text if len(text) == 1 else f"{text[0]}.{text[1:]}"
        text = f"{mantissa}e{point - 1:+d}"
    elif point <= 0:
        text = "0." + "0" * -point + text
    elif point < len(text):
        text = f"{text[:point]}.{text[point:]}"
    else:
        text += "0" * (point - len(text))
    return ("-" if sign else "") + text


def stringify_string(text):
    short = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}

    def character(one):
        escaped = one < " " or "\ud800" <= one <= "\udfff"
        return short.get(one) or (f"\\u{ord(one):04x}" if escaped else one)

    return '"' + "".join(map(character, text)) + '"'


# --- The envelope: DSSE -----------------------------------------------------------------------------------------------


def pae(payload_type, payload):
    encoded = payload_type.encode("utf-8")
    return b"DSSEv1 %d %s %d %s" % (len(encoded), encoded, len(payload), payload)


def decode_base64(text):
    if not isinstance(text, str):
        raise ValueError("no base64")
    data = base64.b64decode(text.encode("ascii"), validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError("lenient base64")
    return data


def decode_envelope(line):
    try:
        envelope = parse_exact(line)
        if not isinstance(envelope, dict) or set(envelope) != {"payloadType", "payload", "signatures"}:
            raise ValueError("not exactly the members of an envelope")
        signatures = envelope["signatures"]
        if not isinstance(envelope["payloadType"], str):
            raise ValueError("no payloadType")
        if not isinstance(signatures, list) or not 1 <= len(signatures) <= 4:
            raise ValueError("not 1 to 4 signatures")
        for signature in signatures:
            if not isinstance(signature, dict) or set(signature) != {"keyid", "sig"}:
                raise ValueError("not exactly the members of a signature")
            if not isinstance(signature["keyid"], str):
                raise ValueError("no keyid")
            # A lone surrogate counts the three bytes that it would have if it could be encoded.
            if len(signature["keyid"].encode("utf-8", "surrogatepass")) > 128:
                raise ValueError("keyid longer than 128 bytes")
        decoded = [(signature["keyid"], decode_base64(signature["sig"])) for signature in signatures]
        return envelope["payloadType"], decode_base64(envelope["payload"]), decoded
    except (ValueError, binascii.Error, RecursionError) as error:
        raise Refused("SIGNATURE_INVALID", f"envelope: {error}")


def verify_signatures(keys, payload_type, payload, signatures, types=(RECORD, TOMBSTONE)):
    if payload_type not in types:
        raise Refused("SIGNATURE_INVALID", "unknown payloadType")
    known = [(keys[keyid], sig) for keyid, sig in signatures if keyid in keys]
    usable = [(key, sig) for key, sig in known if key["status"] != "revoked"]
    if any(verifies(key, pae(payload_type, payload), sig) for key, sig in usable):
        return
    if not known:
        raise Refused("UNKNOWN_KEY", "no signature names a known key")
    raise Refused("SIGNATURE_INVALID" if usable else "KEY_REVOKED", "no signature of a trusted key")


def verifies(key, message, signature):
    """The key says which algorithm it is for. Nothing in a record does."""
    if key.get("algorithm") == "ed25519":
        return verify_ed25519(bytes.fromhex(key["publicHex"]), message, signature)
    return hmac.compare_digest(hmac.new(bytes.fromhex(key["hex"]), message, hashlib.sha256).digest(), signature)


# --- Ed25519: RFC 8032, 5.1 -------------------------------------------------------------------------------------------
#
# Points of the curve -x^2 + y^2 = 1 + d x^2 y^2 over the integers modulo P, as pairs of coordinates. Slow and not in constant
# time, which matters to nobody who only verifies.

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
NEUTRAL = (0, 1)


def add_points(one, other):
    (x1, y1), (x2, y2) = one, other
    product = D * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + x2 * y1) * pow(1 + product, -1, P) % P
    return x, (y1 * y2 + x1 * x2) * pow(1 - product, -1, P) % P


def multiply_point(factor, point):
    result = NEUTRAL
    while factor > 0:
        if factor & 1:
            result = add_points(result, point)
        point = add_points(point, point)
        factor >>= 1
    return result


def decode_point(data):
    """255 bits of y, then one that says whether x is odd. ValueError for what is no point, or not in its one form."""
    number = int.from_bytes(data, "little")
    x_is_odd, y = number >> 255, number % 2**255
    if len(data) != 32 or y >= P:
        raise ValueError("y is not below the prime")
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * ROOT_OF_MINUS_ONE % P
    if x * x % P != square or (x == 0 and x_is_odd):
        raise ValueError("no x for this y and sign")
    return (x if x % 2 == x_is_odd else P - x), y


BASE = decode_point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def decode_public_key(data):
    """A key of small order verifies what nobody signed, so it is refused like one that is no point."""
    point = decode_point(data)
    if multiply_point(8, point) == NEUTRAL:
        raise ValueError("of small order")
    return point


def verify_ed25519(public_key, message, signature):
    if len(signature) != 64:
        return False
    first, scalar = signature[:32], int.from_bytes(signature[32:], "little")
    try:
        point, commitment = decode_public_key(public_key), decode_point(first)
    except ValueError:
        return False
    # A scalar has one form, so that nobody makes a second signature out of one.
    if scalar >= ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(first + public_key + message).digest(), "little") % ORDER
    return multiply_point(scalar, BASE) == add_points(commitment, multiply_point(challenge, point))


# --- The payload ------------------------------------------------------------------------------------------------------


def is_whole(value, low, high=2**53 - 1):
    return type(value) is int and low <= value <= high


def is_time(value):
    return is_whole(value, 0, MAX_TIME)


def is_hex(value, digits):
    return isinstance(value, str) and re.fullmatch(r"[0-9a-f]{%d}" % digits, value) is not None


def is_name(value):
    if not isinstance(value, str) or any(unicodedata.category(character) in ("Cc", "Cs") for character in value):
        return False
    return 1 <= len(value.encode("utf-8")) <= 512


TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
QUOTED = r'"(?:[\t !#-\[\]-~]|\\[\t -~])*"'
MEDIA_TYPE = re.compile(rf"{TOKEN}/{TOKEN}(?:[ \t]*;[ \t]*{TOKEN}=(?:{TOKEN}|{QUOTED}))*")


def is_content_type(value):
    return isinstance(value, str) and len(value) <= 255 and MEDIA_TYPE.fullmatch(value) is not None


COMMON = {
    "v": lambda value: True,
    "audience": lambda value: True,
    "id": lambda value: True,
    "generation": lambda value: is_whole(value, 1),
    "revision": lambda value: is_hex(value, 32),
    "createdAt": is_time,
}
OF_TOMBSTONE = {**COMMON, "replaces": lambda value: is_hex(value, 32), "deleted": lambda value: value is True}
OF_RECORD = {
    **COMMON,
    "name": is_name,
    "contentType": is_content_type,
    "sizeBytes": lambda value: is_whole(value, 0, MAX_SIZE),
    "checksumSha256": lambda value: is_hex(value, 64),
    "metadata": lambda value: isinstance(value, dict),
    "content": lambda value: isinstance(value, dict),
}
OPTIONAL = {
    "namespace": lambda value: True,
    "replaces": lambda value: is_hex(value, 32),
    "expiresAt": is_time,
    "retainUntil": is_time,
    "hold": lambda value: value is True,
}


def read_payload(payload_type, payload, scope, artifact_id):
    if len(payload) > MAX_PAYLOAD:
        raise Refused("INTEGRITY", "payload too long")
    try:
        record = parse_exact(payload)
    except (ValueError, RecursionError) as error:
        raise Refused("INTEGRITY", f"payload: {error}")
    if not isinstance(record, dict):
        raise Refused("INTEGRITY", "payload is no object")
    if not is_whole(record.get("v"), 1, 1):
        raise Refused("UNSUPPORTED", "unknown version")
    for member, expected in {**scope, "id": artifact_id}.items():
        if record.get(member) != expected:
            raise Refused("INTEGRITY", f"signed for another {member}")
    required = OF_TOMBSTONE if payload_type == TOMBSTONE else OF_RECORD
    optional = {"namespace": OPTIONAL["namespace"]} if payload_type == TOMBSTONE else OPTIONAL
    if not set(required) <= set(record) <= set(required) | set(optional):
        raise Refused("INTEGRITY", "not exactly the members of a payload")
    for member, value in record.items():
        if not {**required, **optional}[member](value):
            raise Refused("INTEGRITY", f"impossible {member}")
    if payload_type == RECORD:
        require_content_reference(record, artifact_id)
    return record


def require_content_reference(record, artifact_id):
    content = record["content"]
    if content == {"inline": True} and content["inline"] is True:
        return
    if set(content) != {"key", "chunkSize", "chunksSha256"}:
        raise Refused("INTEGRITY", "content neither inline nor elsewhere")
    key, chunk_size = content["key"], content["chunkSize"]
    if not isinstance(key, str) or not is_hex(key[-32:], 32) or key != content_key(artifact_id, key[-32:]):
        raise Refused("INTEGRITY", "content key of another id")
    if not is_whole(chunk_size, MIN_CHUNK, MAX_CHUNK) or chunk_size & (chunk_size - 1) != 0:
        raise Refused("INTEGRITY", "impossible chunkSize")
    if chunk_count(record["sizeBytes"], chunk_size) > MAX_CHUNKS or not is_hex(content["chunksSha256"], 64):
        raise Refused("INTEGRITY", "impossible chunk list")


# --- Content ----------------------------------------------------------------------------------------------------------


def chunk_size_for(bound):
    size = MIN_CHUNK
    while size * MAX_CHUNKS < bound:
        size *= 2
    return size


def chunk_count(size, chunk_size):
    return -(-size // chunk_size)


def verify_content(objects, record, tail):
    reference = record["content"]
    if "inline" in reference:
        if sha256(tail) != record["checksumSha256"]:
            raise Refused("INTEGRITY", "inline content")
        return tail
    if sha256(tail) != reference["chunksSha256"]:
        raise Refused("INTEGRITY", "chunk list")
    if reference["key"] not in objects:
        raise Refused("INTEGRITY", "content missing")
    # What lies behind the signed size is never read.
    content = objects[reference["key"]][: record["sizeBytes"]]
    if len(content) != record["sizeBytes"]:
        raise Refused("INTEGRITY", "content too short")
    chunk_size = reference["chunkSize"]
    for index in range(chunk_count(len(content), chunk_size)):
        chunk = content[index * chunk_size : (index + 1) * chunk_size]
        if hashlib.sha256(chunk).digest() != tail[index * 32 : (index + 1) * 32]:
            raise Refused("INTEGRITY", f"chunk {index}")
    return content


# --- Reading one artifact ---------------------------------------------------------------------------------------------


def read_record(objects, keys, scope, artifact_id):
    """The verified payload, its text and its tail. A tombstone is a record, too."""
    data = objects.get(record_key(artifact_id))
    if data is None:
        raise Refused("NOT_FOUND", "no record")
    end = data.find(b"\n", 0, MAX_LINE + 1)
    if end < 0:
        raise Refused("INTEGRITY", "no line")
    payload_type, payload, signatures = decode_envelope(data[:end])
    verify_signatures(keys, payload_type, payload, signatures)
    record = read_payload(payload_type, payload, scope, artifact_id)
    tail = data[end + 1 :]
    if len(tail) != tail_length(record):
        raise Refused("INTEGRITY", "tail too short or too long")
    return record, payload, tail


def tail_length(record):
    if "deleted" in record:
        return 0
    if "inline" in record["content"]:
        return record["sizeBytes"]
    return 32 * chunk_count(record["sizeBytes"], record["content"]["chunkSize"])


def read_artifact(objects, keys, scope, artifact_id, now):
    record, payload, tail = read_record(objects, keys, scope, artifact_id)
    if "deleted" in record:
        raise Refused("NOT_FOUND", "deleted")
    if now >= record.get("expiresAt", MAX_TIME + 1):
        raise Refused("EXPIRED", "expired")
    return record, payload, verify_content(objects, record, tail)


# --- Reading a ledger -------------------------------------------------------------------------------------------------


AMOUNT = {"bytes": lambda value: is_whole(value, 0), "count": lambda value: is_whole(value, 0)}
# Of what is used; while there are leases it may be less than nothing.
USED = dict.fromkeys(AMOUNT, lambda value: is_whole(value, 1 - 2**53))
OF_RESERVATION = {
    "id": lambda value: isinstance(value, str) and problem_of_id(value) is None,
    "revision": lambda value: is_hex(value, 32),
    "bytes": AMOUNT["bytes"],
    "deadline": is_time,
}
OPTIONAL_OF_RESERVATION = {
    "replaces": AMOUNT["bytes"],
    "deletes": lambda value: value is True,
    "open": lambda value: value is True,
}
OF_LEASE = {**AMOUNT, "holder": lambda value: is_hex(value, 32), "deadline": is_time}
OF_RECOUNT = {"by": lambda value: is_hex(value, 32), "deadline": is_time}
OF_LEDGER = {
    "v": lambda value: True,
    "audience": lambda value: True,
    "revision": lambda value: is_hex(value, 32),
    **USED,
    "reservations": lambda value: is_list(value, "revision", OF_RESERVATION, OPTIONAL_OF_RESERVATION),
    "leases": lambda value: is_list(value, "holder", OF_LEASE),
}
OPTIONAL_OF_LEDGER = {
    "namespace": lambda value: True,
    "leasesFrom": is_time,
    "recount": lambda value: has_members(value, OF_RECOUNT),
}


def has_members(value, required, optional={}):
    if not isinstance(value, dict) or not set(required) <= set(value) <= set(required) | set(optional):
        return False
    return all({**required, **optional}[member](each) for member, each in value.items())


def is_list(value, name, required, optional={}):
    if not isinstance(value, list) or not all(has_members(each, required, optional) for each in value):
        return False
    return len({each[name] for each in value}) == len(value)


def read_ledger(objects, keys, scope):
    data = objects["ledger/usage"]
    if len(data) > MAX_LEDGER or not data.endswith(b"\n"):
        raise Refused("INTEGRITY", "not one line")
    payload_type, payload, signatures = decode_envelope(data[:-1])
    verify_signatures(keys, payload_type, payload, signatures, (LEDGER,))
    try:
        ledger = parse_exact(payload)
    except (ValueError, RecursionError) as error:
        raise Refused("INTEGRITY", f"payload: {error}")
    if not isinstance(ledger, dict):
        raise Refused("INTEGRITY", "payload is no object")
    if not is_whole(ledger.get("v"), 1, 1):
        raise Refused("UNSUPPORTED", "unknown version")
    for member, expected in scope.items():
        if ledger.get(member) != expected:
            raise Refused("INTEGRITY", f"signed for another {member}")
    if not has_members(ledger, OF_LEDGER, OPTIONAL_OF_LEDGER):
        raise Refused("INTEGRITY", "impossible members")
    return payload


# --- The vectors ------------------------------------------------------------------------------------------------------


def bytes_of(parts):
    return b"".join(map(part_bytes, parts))


def part_bytes(part):
    if "text" in part:
        return part["text"].encode("utf-8")
    if "hex" in part:
        return bytes.fromhex(part["hex"])
    data = bytearray(stream(part["stream"], part["sizeBytes"]))
    if "flippedBit" in part:
        data[part["flippedBit"] // 8] ^= 1 << part["flippedBit"] % 8
    return bytes(data)


streams = {}


def stream(seed, size):
    """SHA-256 of "<seed> 0", "<seed> 1" and so on: long content that a short vector describes."""
    if len(streams.get(seed, b"")) < size:
        blocks = range(-(-size // 32))
        streams[seed] = b"".join(hashlib.sha256(f"{seed} {index}".encode()).digest() for index in blocks)
    return streams[seed][:size]


def store_of(vector):
    """The objects below the vector's prefix, by the rest of their keys, and what their records are bound to."""
    prefix, namespace = vector.get("prefix", ""), vector.get("namespace")
    check("prefix" not in vector or prefix == namespace_prefix(namespace), f"prefix of namespace {namespace!r}")
    items = [(item["key"], item["bytes"]) for item in vector["objects"] if item["key"].startswith(prefix)]
    objects = {key[len(prefix) :]: bytes_of(parts) for key, parts in items}
    return objects, {"audience": vector["audience"], "namespace": namespace}


def readers_of(vectors, vector):
    """The keys of each reader of a vector; all keys where it does not say."""
    keys = vectors["keys"]
    return [{keyid: keys[keyid] for keyid in keyids} for keyids in vector.get("readers", [keys])]


def verify_keys(vectors):
    for vector in vectors["ids"]:
        text = vector["id"]
        check(problem_of_id(text) is None, f"id {text!r} is refused")
        check(vector["escaped"] == escape(text), f"escaped form of {text!r}")
        check(vector["recordKey"] == record_key(text), f"record key of {text!r}")
        check(vector["contentKey"] == content_key(text, vector["revision"]), f"content key of {text!r}")
        check(unescape(vector["escaped"]) == text, f"id of {vector['escaped']}")
        for end in range(len(text)):
            check(vector["escaped"].startswith(escape(text[:end])), f"key of a prefix of {text!r}")
        yield
    escaped = [vector["escaped"] for vector in vectors["ids"]]
    check(len({key.casefold() for key in escaped}) == len(escaped), "two ids share a key")
    for vector in vectors["refusedIds"]:
        check(problem_of_id(vector["id"]) == vector["reason"], f"id {vector['id']!r} is not refused for its reason")
        check(vector["code"] == "INVALID_ARGUMENT", f"code of {vector['id']!r}")
        yield
    for vector in vectors["keysOfNoId"]:
        check(vector["key"].startswith("records/"), f"{vector['key']} is no record key")
        check(unescape(vector["key"][len("records/") :]) is None, f"{vector['key']} is of an id")
        yield


def verify_markers(vectors):
    names = {"pending": pending_key, "expiry": expiry_key, "probe": probe_key}
    for kind, key_of in names.items():
        for vector in vectors[kind]:
            parts = [vector[part] for part in ("time", "marker", "revision", "id") if part in vector]
            check(vector["key"] == key_of(*parts), f"{kind} marker {vector['key']}")
            yield


def verify_chunk_sizes(vectors):
    for vector in vectors["sizes"]:
        bound, size = vector["sizeBound"], vector["chunkSize"]
        check(size == chunk_size_for(bound) and size <= MAX_CHUNK, f"chunk size for {bound}")
        check(vector["chunks"] == chunk_count(bound, size) <= MAX_CHUNKS, f"chunks of {bound}")
        yield


def verify_envelopes(vectors):
    for vector in vectors["envelopes"]:
        name, payload = vector["name"], bytes.fromhex(vector["payloadHex"])
        encoding = pae(vector["payloadType"], payload)
        signature = bytes.fromhex(vector["signatureHex"])
        check(encoding.hex() == vector["paeHex"], f"{name}: encoding")
        check(verifies(vectors["keys"][vector["keyid"]], encoding, signature), f"{name}: signature")
        decoded = decode_envelope(vector["line"].encode("utf-8"))
        check(decoded == (vector["payloadType"], payload, [(vector["keyid"], signature)]), f"{name}: line")
        yield


def verify_records(vectors):
    for vector in vectors["records"]:
        for keys in readers_of(vectors, vector):
            objects, record = verify_record(vector, keys)
        verify_surroundings(vector["name"], objects, record, vector["id"])
        yield


def verify_record(vector, keys):
    name = vector["name"]
    objects, scope = store_of(vector)
    try:
        if vector.get("deleted"):
            record, payload, _ = read_record(objects, keys, scope, vector["id"])
            check("deleted" in record, f"{name}: is not deleted")
        else:
            record, payload, content = read_artifact(objects, keys, scope, vector["id"], vector["now"])
            check(content == bytes_of(vector["content"]), f"{name}: content")
            # Chunks alone imply this; a writer must have got it right all the same.
            check(record["checksumSha256"] == sha256(content), f"{name}: checksumSha256")
    except Refused as error:
        raise Mismatch(f"{name}: {error.code}: {error}")
    check(payload.decode("utf-8") == vector["payload"], f"{name}: payload")
    return objects, record


def verify_surroundings(name, objects, record, artifact_id):
    """What else a store of one artifact holds: nothing without a meaning, nothing that a sweep would not find."""
    markers = []
    for key, data in objects.items():
        kind = key.split("/")[0]
        if key == "store.json":
            check(json.loads(data) == {"format": 1}, f"{name}: {key}")
        elif kind == "content":
            check(is_hex(key[-32:], 32) and key == content_key(artifact_id, key[-32:]), f"{name}: {key}")
        elif kind in ("pending", "expiry"):
            check(data == b"", f"{name}: {key} is not empty")
            markers.append(key)
        else:
            check(key == record_key(artifact_id), f"{name}: {key}")
    check("store.json" in objects, f"{name}: has no store.json")

    expires = record.get("expiresAt")
    expiries = [key for key in markers if key.startswith("expiry/")]
    expected = [] if expires is None else [expiry_key(expires, record["revision"], artifact_id)]
    check(expiries == expected, f"{name}: expiry markers")

    judged = set()
    for key in markers:
        if not key.startswith("pending/"):
            continue
        match = re.fullmatch(r"pending/([0-9]{13})-([0-9a-f]{32})/([0-9a-f]{32})/(.+)", key)
        check(match is not None and key == pending_key(int(match[1]), match[2], match[3], artifact_id), f"{name}: {key}")
        check(int(match[1]) == record["createdAt"] + GRACE_MS, f"{name}: {key} is not due after the grace")
        judged.add(match[3])
    named = record.get("content", {}).get("key")
    # A reader does not notice more than was signed; a writer must not leave it.
    check(named is None or len(objects[named]) == record["sizeBytes"], f"{name}: size of {named}")
    for key in objects:
        if key.startswith("content/") and key != named:
            check(key[-32:] in judged, f"{name}: no marker leads to {key}")
    check("deleted" not in record or judged, f"{name}: no marker leads to the tombstone")


def verify_refused(vectors):
    for vector in vectors["refused"]:
        objects, scope = store_of(vector)
        for keys in readers_of(vectors, vector):
            try:
                read_artifact(objects, keys, scope, vector["id"], vector["now"])
            except Refused as error:
                found = f"{error.code} ({error})"
                check(error.code == vector["code"], f"{vector['name']}: {found} instead of {vector['code']}")
            else:
                raise Mismatch(f"{vector['name']}: accepted instead of {vector['code']}")
        yield


def verify_refused_public_keys(vectors):
    for vector in vectors["refusedPublicKeys"]:
        try:
            decode_public_key(bytes.fromhex(vector["publicHex"]))
        except ValueError:
            yield
        else:
            raise Mismatch(f"public key {vector['publicHex']}: accepted")


def verify_ed25519_vectors(vectors):
    for key in vectors["keys"].values():
        if "publicHex" in key:
            decode_public_key(bytes.fromhex(key["publicHex"]))
    yield from verify_envelopes(vectors)
    yield from verify_records(vectors)
    yield from verify_refused(vectors)
    yield from verify_refused_public_keys(vectors)


def verify_namespaces(vectors):
    for vector in vectors["names"]:
        check(vector["prefix"] == namespace_prefix(vector["name"]), f"prefix of namespace {vector['name']!r}")
        yield
    for vector in vectors["records"]:
        verify_record(vector, vectors["keys"])
        yield
    yield from verify_refused(vectors)


def verify_ledgers(vectors):
    for vector in vectors["ledgers"]:
        objects, scope = store_of(vector)
        payload = read_ledger(objects, vectors["keys"], scope)
        check(payload == vector["payload"].encode("utf-8"), f"{vector['name']}: payload")
        yield
    for vector in vectors["refused"]:
        objects, scope = store_of(vector)
        try:
            read_ledger(objects, vectors["keys"], scope)
        except Refused as error:
            check(error.code == vector["code"], f"{vector['name']}: {error.code} instead of {vector['code']}")
        else:
            raise Mismatch(f"{vector['name']}: accepted instead of {vector['code']}")
        yield


FILES = {
    "keys.json": verify_keys,
    "markers.json": verify_markers,
    "chunk-sizes.json": verify_chunk_sizes,
    "envelopes.json": verify_envelopes,
    "records.json": verify_records,
    "refused.json": verify_refused,
    "ed25519.json": verify_ed25519_vectors,
    "namespaces.json": verify_namespaces,
    "ledgers.json": verify_ledgers,
}
DESCRIPTIONS = {"about", "warning", "keys"}


def verify_file(path):
    verify = FILES.get(path.name)
    check(verify is not None, "unknown vector file")
    vectors = json.loads(path.read_text(encoding="utf-8"))
    lists = {name: member for name, member in vectors.items() if name not in DESCRIPTIONS}
    check(lists and all(lists.values()), "has no vectors")
    verified = sum(1 for _ in verify(vectors))
    # A list that nobody reads would look verified.
    check(verified == sum(map(len, lists.values())), "has vectors that this script does not read")
    return verified


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    found = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    total, failed = 0, 0
    for name in sorted(found | set(FILES)):
        try:
            count = verify_file(folder / name)
            total += count
            print(f"ok      {name}: {count} vectors")
        except (Mismatch, Refused, OSError, LookupError, TypeError, ValueError) as error:
            failed += 1
            print(f"FAILED  {name}: {type(error).__name__}: {error}")
    print(f"{total} vectors verified" + (f", {failed} files failed" if failed else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
