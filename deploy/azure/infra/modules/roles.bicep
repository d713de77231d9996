param workspaceName string
param registryName string
param sitePrincipalId string
param deployPrincipalId string
var dataScientist = 'f6c7c914-8db3-469d-8ca1-694a8f32e121' // AzureML Data Scientist
var registryUser = '1823dd4f-9b8c-4ab6-ab4e-7397a3684615' // AzureML Registry User

resource workspace 'Microsoft.MachineLearningServices/workspaces@2024-10-01' existing = { name: workspaceName }
resource registry 'Microsoft.MachineLearningServices/registries@2024-10-01' existing = { name: registryName }

resource onWorkspace 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for principal in [sitePrincipalId, deployPrincipalId]: {
  name: guid(workspace.id, principal, dataScientist)
  scope: workspace
  properties: {
    principalId: principal
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', dataScientist)
  }
}]

resource onRegistry 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for principal in [sitePrincipalId, deployPrincipalId]: {
  name: guid(registry.id, principal, registryUser)
  scope: registry
  properties: {
    principalId: principal
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', registryUser)
  }
}]
