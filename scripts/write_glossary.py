"""Write docs/glossary.md from the registry of terms: `python scripts/write_glossary.py`."""

from pathlib import Path

from seawall.report.glossary.page import markdown

PAGE = Path(__file__).parent.parent / "docs" / "glossary.md"


def main() -> None:
    """Write the page."""
    PAGE.write_text(markdown(), encoding="utf-8")
    print(f"{PAGE}: {len(markdown().splitlines())} lines")


if __name__ == "__main__":
    main()
