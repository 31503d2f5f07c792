# Candidates, a host beside them that measures one after the other, and a bucket for what it found.
# Files: the caches (here), who may reach whom (network.tf), the host (host.tf, host.sh), the bucket
# (results.tf), and what ends everything when nobody does (deadline.tf).

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_subnet" "this" {
  id = var.subnet_id
}

locals {
  # The Region's name, spelled alike in every version of the provider.
  region     = split(":", data.aws_subnet.this.arn)[3]
  account    = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  arn_prefix = "arn:${local.partition}:elasticache:${local.region}:${local.account}"

  # cache.m7g.large is NAME-m7g-large.
  candidates     = { for type in var.node_types : type => "${var.name}-${replace(trimprefix(type, "cache."), ".", "-")}" }
  candidate_arns = [for id in values(local.candidates) : "${local.arn_prefix}:replicationgroup:${id}"]

  port = 6379
  user = "${var.name}-host"
  tags = merge(var.tags, { "cachefit-bench" = var.name })
}

module "candidate" {
  source   = "../cache"
  for_each = local.candidates

  name                       = each.value
  description                = "Candidate of ${var.name}, made to be measured and destroyed"
  engine                     = var.engine
  engine_version             = var.engine_version
  node_type                  = each.key
  cluster_mode_enabled       = false
  num_node_groups            = 1
  replicas_per_node_group    = 0
  multi_az_enabled           = false
  reserved_memory_percent    = 25
  maxmemory_policy           = "volatile-lru"
  snapshot_retention_days    = 0
  transit_encryption_enabled = true
  port                       = local.port
  apply_immediately          = true

  subnet_ids         = [var.subnet_id]
  security_group_ids = [aws_security_group.cache.id]
  user_group_ids     = [aws_elasticache_user_group.this.id]
  tags               = local.tags

  # Thresholds have no default; nobody is told, so no alarm is made.
  alarm_memory_percent = 100
  alarm_cpu_metric     = "EngineCPUUtilization"
  alarm_cpu_percent    = 100
  alarm_connections    = 65000

  # Nothing that costs by the hour exists before what deletes it, nor after it is gone.
  depends_on = [aws_scheduler_schedule.caches, aws_iam_role_policy.deadline]
}

# Logs in with a token that IAM vouches for: there is no password, in the state or elsewhere. A group
# of engine redis serves Valkey as well. Source: AWS, "Role-Based Access Control (RBAC)", ElastiCache
# user guide.
resource "aws_elasticache_user" "host" {
  user_id       = local.user
  user_name     = local.user
  access_string = "on ~* +@all"
  engine        = "redis"
  tags          = local.tags

  authentication_mode {
    type = "iam"
  }
}

# Such a group has a user named default; this one may do nothing.
resource "aws_elasticache_user" "nobody" {
  user_id       = "${var.name}-nobody"
  user_name     = "default"
  access_string = "off ~* -@all"
  engine        = "redis"
  tags          = local.tags

  authentication_mode {
    type = "no-password-required"
  }
}

resource "aws_elasticache_user_group" "this" {
  user_group_id = "${var.name}-users"
  engine        = "redis"
  user_ids      = [aws_elasticache_user.nobody.user_id, aws_elasticache_user.host.user_id]
  tags          = local.tags
}
