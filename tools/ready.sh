#!/bin/sh
# Makes .venv ready for "run" or "test": at once when it is, else with the newest suitable Python found here.
set -u
cd "$(dirname "$0")/.." || exit 1

if [ -x .venv/bin/python ] && .venv/bin/python -I -S tools/install.py --is-ready "$1"; then
    exit 0
fi

new_enough() { "$1" -I -S -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
has_venv() { "$1" -I -S -c 'import ensurepip, venv' >/dev/null 2>&1; }
version_of() { "$1" -I -S -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null; }

if [ -n "${PYTHON:-}" ]; then
    if ! new_enough "$PYTHON"; then
        echo "PYTHON=$PYTHON is not a Python 3.11 or newer; name another one, or leave PYTHON out." >&2
        exit 1
    fi
    exec "$PYTHON" -I tools/install.py "$1"
fi

incomplete=
for candidate in python3.13 python3.12 python3.11 python3 python .venv/bin/python; do
    new_enough "$candidate" || continue
    if has_venv "$candidate"; then
        exec "$candidate" -I tools/install.py "$1"
    fi
    incomplete=${incomplete:-$candidate}
done

if [ -n "$incomplete" ]; then
    version=$(version_of "$incomplete")
    echo "Python $version is here without its venv module: install it (Debian, Ubuntu: sudo apt install" \
        "python$version-venv), then \`make $1\` again." >&2
else
    echo "No Python 3.11 or newer was found: install one (Debian, Ubuntu: sudo apt install python3" \
        "python3-venv; macOS: brew install python@3.13), or name it: make $1 PYTHON=/path/to/python3." >&2
fi
exit 1
