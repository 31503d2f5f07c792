locals {
  major = split(".", var.engine_version)[0]

  # valkey7, valkey8, valkey9; redis6.x, redis7.
  family = var.engine == "redis" && local.major == "6" ? "redis6.x" : "${var.engine}${local.major}"

  parameters = merge(
    {
      "reserved-memory-percent" = tostring(var.reserved_memory_percent)
      "maxmemory-policy"        = var.maxmemory_policy
    },
    var.cluster_mode_enabled ? { "cluster-enabled" = "yes" } : {},
  )
}

resource "aws_elasticache_subnet_group" "this" {
  name        = var.name
  description = var.description
  subnet_ids  = var.subnet_ids
  tags        = var.tags
}

resource "aws_elasticache_parameter_group" "this" {
  # The family is part of the name: a new major version gets a new group beside the old one.
  name        = "${var.name}-${replace(local.family, ".", "-")}${var.cluster_mode_enabled ? "-cluster" : ""}"
  description = var.description
  family      = local.family
  tags        = var.tags

  dynamic "parameter" {
    for_each = local.parameters

    content {
      name  = parameter.key
      value = parameter.value
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_elasticache_replication_group" "this" {
  replication_group_id = var.name
  description          = var.description

  engine               = var.engine
  engine_version       = var.engine_version
  node_type            = var.node_type
  parameter_group_name = aws_elasticache_parameter_group.this.name
  port                 = var.port

  num_node_groups         = var.num_node_groups
  replicas_per_node_group = var.replicas_per_node_group

  # Cluster mode always fails over by itself; without it there has to be a replica to promote.
  automatic_failover_enabled = var.cluster_mode_enabled || var.replicas_per_node_group > 0
  multi_az_enabled           = var.multi_az_enabled

  # r6gd nodes are sold with data tiering only, other types without.
  data_tiering_enabled = startswith(var.node_type, "cache.r6gd.")

  at_rest_encryption_enabled = true
  kms_key_id                 = var.kms_key_id
  transit_encryption_enabled = var.transit_encryption_enabled
  user_group_ids             = length(var.user_group_ids) > 0 ? var.user_group_ids : null

  subnet_group_name  = aws_elasticache_subnet_group.this.name
  security_group_ids = var.security_group_ids

  snapshot_retention_limit = var.snapshot_retention_days
  maintenance_window       = var.maintenance_window
  apply_immediately        = var.apply_immediately
  tags                     = var.tags

  dynamic "log_delivery_configuration" {
    for_each = { for type, group in { "slow-log" = var.log_groups.slow, "engine-log" = var.log_groups.engine } : type => group if group != null }

    content {
      destination      = log_delivery_configuration.value
      destination_type = "cloudwatch-logs"
      log_format       = "json"
      log_type         = log_delivery_configuration.key
    }
  }
}
