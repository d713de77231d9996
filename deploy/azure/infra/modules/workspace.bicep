param location string
param prefix string
var suffix = uniqueString(resourceGroup().id)

resource store 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: '${prefix}${take(suffix, 10)}'
  location: location
  sku: { name: 'Standard_ZRS' }
  kind: 'StorageV2'
  properties: { allowBlobPublicAccess: false, allowSharedKeyAccess: false, minimumTlsVersion: 'TLS1_2' }
}

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: '${prefix}-${take(suffix, 10)}'
  location: location
  properties: { tenantId: subscription().tenantId, sku: { family: 'A', name: 'standard' }, enableRbacAuthorization: true }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: '${prefix}-insights'
  location: location
  kind: 'web'
  properties: { Application_Type: 'web' }
}

resource workspace 'Microsoft.MachineLearningServices/workspaces@2024-10-01' = {
  name: '${prefix}-ml'
  location: location
  identity: { type: 'SystemAssigned' }
  properties: {
    storageAccount: store.id
    keyVault: vault.id
    applicationInsights: insights.id
    systemDatastoresAuthMode: 'identity'
  }
}

output name string = workspace.name
output storeName string = store.name
