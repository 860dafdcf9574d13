// An account, in whatever resource group it is: its address, and the role.
param accountName string
param principalId string
param assignRole bool

var cognitiveServicesOpenAIUser = '5e0bd9bd-7b93-4f28-af87-19fc36ad61bd'

resource account 'Microsoft.CognitiveServices/accounts@2025-06-01' existing = { name: accountName }

resource role 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (assignRole) {
  name: guid(account.id, principalId, cognitiveServicesOpenAIUser)
  scope: account
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', cognitiveServicesOpenAIUser)
  }
}

output endpoint string = account.properties.endpoint
