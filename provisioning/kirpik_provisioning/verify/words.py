"""The sentences of `kirpik verify`: what each finding says."""

from pathlib import Path

from kirpik_provisioning.texts import LANGUAGES, Texts, read_texts
from kirpik_provisioning.verify.finding import Finding

__all__ = ["LANGUAGES", "Words", "load_words"]

FOLDER = Path(__file__).with_name("words")
UNREADABLE = "unreadable"
"""The sentence for a refusal that only says how bytes are malformed."""


class Words(Texts):
    """By names that the three files share."""

    __slots__ = ()

    def page(self, name: str, /, **values: object) -> str:
        return self.text("page", name, **values)

    def name(self, table: str, key: str) -> str:
        return str(self.texts[table][key])

    def verdict(self, name: str, /, **values: object) -> str:
        return self.text("verdict", name, **values)

    def title(self, finding: Finding) -> str:
        return str(self.texts["check"][finding.check]["title"])

    def mark(self, finding: Finding) -> str:
        return str(self.texts["mark"][finding.outcome])

    def sentence(self, finding: Finding) -> str:
        if finding.outcome == "good":
            return self.fill(self.texts["check"][finding.check]["good"], finding.says)
        reasons = self.texts["reason"]
        return self.fill(reasons.get(finding.reason, reasons[UNREADABLE]), {"reason": finding.reason, **finding.says})


def load_words(language: str) -> Words:
    return Words(language, read_texts(FOLDER, language))
