"""Settings of all kinds, with secrets that nobody can mistake for something else."""

from hypothesis import strategies as st

from proxy_core.settings import Settings

SECRET = "hush"

secrets = st.integers(0, 10**9).map(lambda number: f"{SECRET}{number}")
names = st.sampled_from(["gpt-5.4", "gpt-5.4-mini", "prod", "grok-4", "gpt-5-pro", ""])
addresses = st.sampled_from(
    [
        "https://my.openai.azure.com",
        "https://my.openai.azure.com/openai/deployments/prod?api-version=2024-10-21",
        "https://gateway.example:8443/{}/{}/v1",
        "http://localhost:4000/v1",
        "https://[::1]:8443",
    ]
)
urls = st.builds(str.format, addresses, secrets, secrets)
keys = st.one_of(st.just(""), secrets)
switches = st.sampled_from(["true", "false"])


def some_settings() -> st.SearchStrategy[Settings]:
    environ = st.fixed_dictionaries(
        {
            "AZURE_OPENAI_ENDPOINT": urls,
            "AZURE_OPENAI_API_KEY": keys,
            "ANTHROPIC_AUTH_TOKEN": st.one_of(
                st.just(""), secrets, st.builds("{},{}".format, secrets, secrets)
            ),
            "BIG_MODEL": names,
            "SMALL_MODEL": names,
            "CURSOR_AZURE_DEPLOYMENT": names,
        },
        optional={
            "AZURE_OPENAI_FALLBACK_ENDPOINT": urls,
            "AZURE_OPENAI_API": st.sampled_from(["auto", "chat", "responses"]),
            "ALLOW_ANONYMOUS": switches,
            "SAFEGUARDS_MODEL": st.sampled_from(["off", "gpt-5.4", ""]),
            "BIG_EFFORT": st.sampled_from(["low", "max", ""]),
            "WEB_SEARCH": st.sampled_from(["on", "off"]),
            "WEBSITE_SITE_NAME": st.just("deployed"),
            "CORS_ALLOWED_ORIGINS": st.sampled_from(["*", "https://page.example"]),
            "AzureFunctionsJobHost__functionTimeout": st.sampled_from(["00:10:00", "-1"]),
        },
    )
    return environ.map(Settings.from_environ)
