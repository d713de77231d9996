param location string
param name string

resource registry 'Microsoft.MachineLearningServices/registries@2024-10-01' = {
  name: name
  location: location
  identity: { type: 'SystemAssigned' }
  properties: {
    regionDetails: [
      {
        location: location
        storageAccountDetails: [{ systemCreatedStorageAccount: { storageAccountType: 'Standard_ZRS', storageAccountHnsEnabled: false } }]
        acrDetails: [{ systemCreatedAcrAccount: { acrAccountSku: 'Premium' } }]
      }
    ]
  }
}

output name string = registry.name
