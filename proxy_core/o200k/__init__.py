"""OpenAI's o200k_base tokenizer, its vocabulary included.

tiktoken downloads the vocabulary when it is first used. A proxy must not, so the file is part of
this package; NOTICE tells its origin and licence.
"""

from proxy_core.o200k import counting
from proxy_core.o200k.counting import find_cut, first_tokens
from proxy_core.o200k.remembered import RememberedCounts
from proxy_core.o200k.vocabulary import BrokenVocabulary, encoding

count_text = RememberedCounts(counting.count_text)

__all__ = ["BrokenVocabulary", "count_text", "encoding", "find_cut", "first_tokens"]
