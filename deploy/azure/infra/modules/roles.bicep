param workspaceName string
param registryName string
param storeName string
param sitePrincipalId string
param deployPrincipalId string
param clusterPrincipalId string
var dataScientist = 'f6c7c914-8db3-469d-8ca1-694a8f32e121' // AzureML Data Scientist
var registryUser = '1823dd4f-9b8c-4ab6-ab4e-7397a3684615' // AzureML Registry User
var blobContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe' // Storage Blob Data Contributor

resource workspace 'Microsoft.MachineLearningServices/workspaces@2024-10-01' existing = { name: workspaceName }
resource registry 'Microsoft.MachineLearningServices/registries@2024-10-01' existing = { name: registryName }

resource store 'Microsoft.Storage/storageAccounts@2023-05-01' existing = { name: storeName }

// The site brings snapshots and fetches models, CI uploads code, the cluster reads and writes a job's folders: no keys.
resource onStore 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for principal in [sitePrincipalId, deployPrincipalId, clusterPrincipalId]: {
  name: guid(store.id, principal, blobContributor)
  scope: store
  properties: {
    principalId: principal
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobContributor)
  }
}]

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
