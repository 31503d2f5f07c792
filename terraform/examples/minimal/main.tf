# A cache as a plan sized it: put the run's cache.auto.tfvars.json beside this file.

terraform {
  required_version = ">= 1.9.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.80.0, < 7.0.0"
    }
  }
}

provider "aws" {
  region = var.region
}

module "cache" {
  source = "../../modules/cache"

  name                       = var.name
  description                = var.description
  engine                     = var.engine
  engine_version             = var.engine_version
  node_type                  = var.node_type
  cluster_mode_enabled       = var.cluster_mode_enabled
  num_node_groups            = var.num_node_groups
  replicas_per_node_group    = var.replicas_per_node_group
  multi_az_enabled           = var.multi_az_enabled
  reserved_memory_percent    = var.reserved_memory_percent
  maxmemory_policy           = var.maxmemory_policy
  snapshot_retention_days    = var.snapshot_retention_days
  transit_encryption_enabled = var.transit_encryption_enabled
  alarm_memory_percent       = var.alarm_memory_percent
  alarm_cpu_metric           = var.alarm_cpu_metric
  alarm_cpu_percent          = var.alarm_cpu_percent
  alarm_connections          = var.alarm_connections
  alarm_network_in_bytes     = var.alarm_network_in_bytes
  alarm_network_out_bytes    = var.alarm_network_out_bytes
  alarm_actions              = var.alarm_actions

  subnet_ids         = var.subnet_ids
  security_group_ids = var.security_group_ids
}
