"""SHA-256 for short texts, from the interpreter itself: loading OpenSSL for them is a tenth of the way to the first frame."""

TYPE_CHECKING = False  # stands for typing's own where a start is to load as little as can be
if TYPE_CHECKING:
    from hashlib import sha256 as sha256
else:
    try:  # as the standard library's own random does
        from _sha2 import sha256
    except ImportError:
        try:
            from _sha256 import sha256  # Python 3.11
        except ImportError:
            from hashlib import sha256 as sha256
