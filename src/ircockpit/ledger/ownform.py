"""Pieces of patterns for the one spelling in which this program writes signed text: reading that needs no JSON.

What a pattern made of them matches is strict by itself: each key once and in its place, each value of its form. The
strict reader decides about any other spelling, and says what is wrong where something is.
"""

_FROM_ONE = "[1-8][0-9]{0,15}|9[0-9]{0,14}"
# Every number of this form is within MAX_INTEGER; the few beyond 9·10^15 that are as well are for the strict reader.
POSITIVE = f"({_FROM_ONE})"
COUNT = f"(0|{_FROM_ONE})"
WHOLE = f"(0|-?(?:{_FROM_ONE}))"
DIGEST = '"([0-9a-f]{64})"'
EPOCH = '"([0-9a-f]{16})"'
UUID = '"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"'
NAME = '"([a-z][a-z0-9_.]{0,63})"'
