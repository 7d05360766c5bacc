"""What promotion and renewal ask of a base's past (domain.md §8.3, §8.14): counted from the record, never typed."""

from .model import Field


def track_record(group: str) -> tuple[Field, ...]:
    """How punctual its reports were, what each inspection concluded and what was put right."""
    return (
        Field("report_punctuality", "近两年季报、年报及时率", "text", "13", required=False, source="auto", group=group, max_length=60,
              help="按报送记录计算，以首次报送为准"),
        Field("inspections", "历次年检结论和整改", "long_text", "14", required=False, source="auto", group=group, max_length=2000,
              help="取自年检和整改的记录"),
    )
