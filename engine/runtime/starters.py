"""The audiences that a new house starts with: editable, useful as they are, and examples of the language."""

from __future__ import annotations

from engine.domain.audiences import AudienceDraft

_ROWS: tuple[tuple[str, str, str, str], ...] = (
    ("all", "Everyone", "Every profile there is.", "*"),
    ("known_users", "Known users", "An e-mail address is attached.", "EXISTS email"),
    ("anonymous_users", "Anonymous users", "No e-mail address yet.", "NOT EXISTS email"),
    ("new_visitors", "New visitors", "On their first visit.", "visit_count = 1"),
    ("repeat_visitors", "Repeat visitors", "Came back at least once.", "visit_count > 1"),
    (
        "high_momentum_low_frequency",
        "High momentum, low frequency",
        "More active than usual, but not here often: the moment for an offer.",
        "AND (score_momentum > 50, score_frequency < 25)",
    ),
    (
        "at_risk",
        "At risk",
        "Were here often, and are falling silent.",
        "AND (visit_count >= 3, score_momentum < 40, score_recency < 50)",
    ),
    (
        "deeply_engaged",
        "Deeply engaged",
        "Often here, and deeply.",
        "AND (score_frequency >= 50, score_intensity >= 40)",
    ),
    (
        "casual_visitors",
        "Casual visitors",
        "Came back, but neither often nor deeply.",
        "AND (visit_count > 1, score_frequency < 35, score_intensity < 40)",
    ),
    ("frequent_users", "Frequent users", "Came often over the past weeks and months.", "score_frequency >= 60"),
    ("infrequent_users", "Infrequent users", "Here only now and then.", "score_frequency < 25"),
    ("likely_to_return", "Likely to return", "Probably back within 30 days.", "score_propensity >= 50"),
    ("visited_within_day", "Visited within a day", "Here in the last 24 hours.", 'last_visit_at > "now-1d"'),
    ("visited_within_week", "Visited within a week", "Here in the last 7 days.", 'last_visit_at > "now-7d"'),
    ("visited_within_month", "Visited within a month", "Here in the last month.", 'last_visit_at > "now-1M"'),
    ("from_email", "From e-mail", "Came by a link in an e-mail.", 'channels INTERSECTS ("email")'),
    ("from_paid", "From paid media", "Came by an advertisement.", 'channels INTERSECTS ("paid")'),
    ("from_social", "From social media", "Came by a social network.", 'channels INTERSECTS ("social")'),
    ("mobile", "On mobile", "Seen on a phone or a tablet.", 'devices INTERSECTS ("mobile", "tablet")'),
    ("dormant", "Dormant", "Not here for three months.", 'last_visit_at <= "now-3M"'),
)

STARTERS: tuple[AudienceDraft, ...] = tuple(
    AudienceDraft(
        slug=slug, name=name, description=description, definition=rules, personalizable=True, tags=("starter",)
    )
    for slug, name, description, rules in _ROWS
)
