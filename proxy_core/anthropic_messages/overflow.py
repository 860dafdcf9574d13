"""A prompt too long for the model, in the words that make Claude Code compact the conversation.

It knows no others so surely: `prompt is too long: N tokens > M maximum` (measured, 2.1.330).
"""

from proxy_core.conversation import Request
from proxy_core.deployments.models import Deployment
from proxy_core.errors import BadRequest, ProxyError, UpstreamError
from proxy_core.openai.errors import is_overflow
from proxy_core.openai.token_count import count_tokens


def explain_overflow(error: ProxyError, request: Request, deployment: Deployment) -> ProxyError:
    """The same error in those words; any other as it is. Counts, so call it in a thread."""
    most = deployment.family.max_input
    if not (isinstance(error, UpstreamError) and is_overflow(error) and most):
        return error
    # Azure has counted more than it takes; our own count may be short of that.
    count = max(count_tokens(request), most + 1)
    return BadRequest(f"prompt is too long: {count} tokens > {most} maximum")
