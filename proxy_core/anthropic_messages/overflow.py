"""A prompt too long for the model, in the words that make Claude Code compact the conversation.

It knows no others so surely: `prompt is too long: N tokens > M maximum` (measured, 2.1.330). Where
it is the output that does not fit beside the prompt, it knows other words, and asks for less.
"""

from proxy_core.conversation import Request
from proxy_core.deployments.models import Deployment
from proxy_core.errors import BadRequest, UpstreamError
from proxy_core.openai.overflow import read_overflow
from proxy_core.openai.token_count import count_tokens


def explain_overflow(error: UpstreamError, request: Request, deployment: Deployment) -> BadRequest:
    """The same error in those words. May count, so call it in a thread.

    Azure's own numbers go before ours. Where nobody knows the maximum, it is less than was given.
    """
    said = read_overflow(error.message)
    most = said.most or deployment.family.max_input
    if said.parts and most and said.parts[0] <= most < sum(said.parts):
        sent, output = said.parts
        return BadRequest(
            f"input length and `max_tokens` exceed context limit: {sent} + {output} > {most}"
        )
    given = said.given or count_tokens(request)
    # Azure has counted more than it takes; our own count may be short of that.
    given = max(given, most + 1) if most else given
    return BadRequest(f"prompt is too long: {given} tokens > {most or given - 1} maximum")
