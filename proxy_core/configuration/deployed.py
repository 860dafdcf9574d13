"""Whether the app is deployed, or runs where someone sits who develops it.

https://learn.microsoft.com/azure/azure-functions/functions-app-settings
"""

from proxy_core.configuration.reader import EnvironReader

# One of these is set wherever a function app is deployed; which one depends on the plan
# (azure-functions-host, EnvironmentSettingNames.cs and EnvironmentExtensions.cs): the app's own
# plans, Flex Consumption, Container Apps. Core Tools set none.
DEPLOYED_MARKS = (
    "WEBSITE_INSTANCE_ID",
    "WEBSITE_SITE_NAME",
    "WEBSITE_POD_NAME",
    "LEGION_SERVICE_HOST",
    "CONTAINER_APP_NAME",
)
# Consumption on Linux and Kubernetes have no others, but a developer's container has these as well:
# there Core Tools and our own host say that they are no deployment.
CONTAINER_MARKS = ("CONTAINER_NAME", "KUBERNETES_SERVICE_HOST")
ENVIRONMENT = "AZURE_FUNCTIONS_ENVIRONMENT"


def is_deployed(reader: EnvironReader) -> bool:
    is_development = reader.text(ENVIRONMENT).lower() == "development"
    marks = DEPLOYED_MARKS if is_development else DEPLOYED_MARKS + CONTAINER_MARKS
    return any(map(reader.is_set, marks))
