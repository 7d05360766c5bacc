"""The child that reads a workbook: alone, with little memory and time. Run as a program, never imported.

Standard input is the file, standard output its first sheet as JSON lines, one a row. Whatever goes wrong ends it
with a code other than zero, which the parent takes as "unreadable" (reliability §3.7 point 3).
"""

import json
import resource
import sys

MEMORY = 512 * 1024 * 1024
SECONDS = 20


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    content = sys.stdin.buffer.read()
    import io

    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    for row in book.get_sheet_by_index(0).to_python(skip_empty_area=False):
        sys.stdout.write(json.dumps([_plain(cell) for cell in row]) + "\n")


def _plain(cell):
    """A cell as JSON holds it: days and moments in ISO form."""
    if isinstance(cell, (str, int, float, bool)) or cell is None:
        return cell
    return cell.isoformat() if hasattr(cell, "isoformat") else str(cell)


if __name__ == "__main__":
    main()
