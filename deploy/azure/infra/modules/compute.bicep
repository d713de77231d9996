param location string
param workspaceName string

resource workspace 'Microsoft.MachineLearningServices/workspaces@2024-10-01' existing = { name: workspaceName }

resource cluster 'Microsoft.MachineLearningServices/workspaces/computes@2024-10-01' = {
  parent: workspace
  name: 'cpu-cluster'
  location: location
  identity: { type: 'SystemAssigned' }
  properties: {
    computeType: 'AmlCompute'
    properties: {
      vmSize: 'Standard_D8s_v5'
      scaleSettings: { minNodeCount: 0, maxNodeCount: 1, nodeIdleTimeBeforeScaleDown: 'PT10M' }
    }
  }
}

output principalId string = cluster.identity.principalId
