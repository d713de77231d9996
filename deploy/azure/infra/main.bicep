// The Azure side: workspace, registry, compute, endpoint identity and roles. No secret: identities and roles only.
targetScope = 'resourceGroup'

@description('Region of everything')
param location string = resourceGroup().location
@description('Prefix of every name, 3 to 11 small letters')
@minLength(3)
@maxLength(11)
param prefix string = 'relief'
@description('Object id of the identity that the site runs as')
param sitePrincipalId string
@description('Object id of the identity that continuous integration deploys as (OIDC federation)')
param deployPrincipalId string

module workspace 'modules/workspace.bicep' = {
  name: 'workspace'
  params: { location: location, prefix: prefix }
}

module registry 'modules/registry.bicep' = {
  name: 'registry'
  params: { location: location, name: '${prefix}-registry' }
}

module compute 'modules/compute.bicep' = {
  name: 'compute'
  params: { location: location, workspaceName: workspace.outputs.name }
}

module roles 'modules/roles.bicep' = {
  name: 'roles'
  params: {
    workspaceName: workspace.outputs.name
    registryName: registry.outputs.name
    storeName: workspace.outputs.storeName
    sitePrincipalId: sitePrincipalId
    deployPrincipalId: deployPrincipalId
    clusterPrincipalId: compute.outputs.principalId
  }
}

output workspace string = workspace.outputs.name
output registry string = registry.outputs.name
