// The workbook, and alert rules where somebody is to be written to. Both ask infra/queries.
param location string
param tags object
param suffix string
param insightsId string
param alertEmail string

var alerts = [
  { name: 'failures', severity: 1, query: loadTextContent('queries/alerts/failures.kql') }
  { name: 'quota', severity: 2, query: loadTextContent('queries/alerts/quota.kql') }
  { name: 'access', severity: 1, query: loadTextContent('queries/alerts/access.kql') }
  { name: 'worker', severity: 2, query: loadTextContent('queries/alerts/worker.kql') }
]
var wantedAlerts = empty(alertEmail) ? [] : alerts

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, 'azure-gpt-proxy')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    category: 'workbook'
    displayName: 'AzureGptProxy'
    serializedData: loadTextContent('workbook.json')
    sourceId: insightsId
    version: '1.0'
  }
}

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(alertEmail)) {
  name: 'ag-${suffix}'
  location: 'Global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'gptproxy'
    emailReceivers: [{ name: 'owner', emailAddress: alertEmail, useCommonAlertSchema: true }]
  }
}

resource rules 'Microsoft.Insights/scheduledQueryRules@2025-01-01-preview' = [for alert in wantedAlerts: {
  name: 'alert-${alert.name}-${suffix}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: 'AzureGptProxy: ${alert.name}'
    enabled: true
    severity: alert.severity
    scopes: [insightsId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      // The query decides; any row it returns is an alert.
      allOf: [{ query: alert.query, timeAggregation: 'Count', operator: 'GreaterThan', threshold: 0 }]
    }
    actions: { actionGroups: [people.id] }
  }
}]
