# ── decided by a plan: cache.auto.tfvars.json holds one value for each ──

variable "name" {
  description = "Identifier of the replication group, and prefix of what belongs to it."
  type        = string
  nullable    = false

  validation {
    condition     = length(regexall("^[a-z]([a-z0-9]|-[a-z0-9])*$", var.name)) == 1 && length(var.name) <= 40
    error_message = "A name is at most 40 lower-case letters, digits and single hyphens, a letter first."
  }
}

variable "description" {
  description = "What the cache is for."
  type        = string
  nullable    = false

  validation {
    condition     = length(var.description) >= 1 && length(var.description) <= 255
    error_message = "A description has 1 to 255 characters."
  }
}

variable "engine" {
  description = "valkey or redis."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["valkey", "redis"], var.engine)
    error_message = "The engine is valkey or redis."
  }
}

variable "engine_version" {
  description = "Major and minor version, as in 8.1."
  type        = string
  nullable    = false

  validation {
    condition = contains([
      "redis-6.2", "redis-7.0", "redis-7.1",
      "valkey-7.2", "valkey-8.0", "valkey-8.1", "valkey-8.2", "valkey-9.0", "valkey-9.1",
    ], "${var.engine}-${var.engine_version}")
    error_message = "ElastiCache offers redis 6.2, 7.0, 7.1 and valkey 7.2, 8.0, 8.1, 8.2, 9.0, 9.1."
  }
}

variable "node_type" {
  description = "As in cache.r7g.large."
  type        = string
  nullable    = false

  validation {
    condition     = length(regexall("^cache\\.[a-z][a-z0-9]*\\.[a-z0-9]+$", var.node_type)) == 1
    error_message = "A node type is spelled like cache.r7g.large."
  }
}

variable "cluster_mode_enabled" {
  description = "Whether keys are spread over shards. Clients have to speak the cluster protocol."
  type        = bool
  nullable    = false

  validation {
    condition     = var.cluster_mode_enabled || var.num_node_groups == 1
    error_message = "Several shards need cluster mode."
  }
}

variable "num_node_groups" {
  description = "Shards."
  type        = number
  nullable    = false

  # 90 nodes are the default quota, 500 what AWS grants on request.
  validation {
    condition     = var.num_node_groups >= 1 && var.num_node_groups == floor(var.num_node_groups) && var.num_node_groups * (var.replicas_per_node_group + 1) <= 500
    error_message = "A cluster has 1 or more shards, and at most 500 nodes in all."
  }
}

variable "replicas_per_node_group" {
  description = "Replicas of each shard."
  type        = number
  nullable    = false

  validation {
    condition     = var.replicas_per_node_group >= 0 && var.replicas_per_node_group <= 5 && var.replicas_per_node_group == floor(var.replicas_per_node_group)
    error_message = "A shard has 0 to 5 replicas."
  }
}

variable "multi_az_enabled" {
  description = "Whether a shard's nodes stand in different Availability Zones."
  type        = bool
  nullable    = false

  validation {
    condition     = !var.multi_az_enabled || var.replicas_per_node_group >= 1
    error_message = "Multi-AZ needs a replica in each shard."
  }
}

variable "reserved_memory_percent" {
  description = "Share of maxmemory kept for backup and failover. A plan's memory check counts on it."
  type        = number
  nullable    = false

  validation {
    condition     = var.reserved_memory_percent >= 0 && var.reserved_memory_percent <= 100 && var.reserved_memory_percent == floor(var.reserved_memory_percent)
    error_message = "reserved-memory-percent is a whole number from 0 to 100."
  }
}

variable "maxmemory_policy" {
  description = "What is evicted when memory is full."
  type        = string
  nullable    = false

  validation {
    condition = contains([
      "volatile-lru", "allkeys-lru", "volatile-lfu", "allkeys-lfu",
      "volatile-random", "allkeys-random", "volatile-ttl", "noeviction",
    ], var.maxmemory_policy)
    error_message = "maxmemory_policy is one of the eight policies of the engines."
  }
}

variable "snapshot_retention_days" {
  description = "Days that automatic snapshots are kept; 0 takes none."
  type        = number
  nullable    = false

  validation {
    condition     = var.snapshot_retention_days >= 0 && var.snapshot_retention_days <= 35 && var.snapshot_retention_days == floor(var.snapshot_retention_days)
    error_message = "Snapshots are kept for 0 to 35 days."
  }
}

variable "transit_encryption_enabled" {
  description = "Whether clients connect with TLS; the plan counted its cost."
  type        = bool
  nullable    = false
}

variable "alarm_memory_percent" {
  description = "DatabaseMemoryUsagePercentage beyond which the plan's headroom is in use."
  type        = number
  nullable    = false

  validation {
    condition     = var.alarm_memory_percent >= 1 && var.alarm_memory_percent <= 100
    error_message = "A percentage from 1 to 100."
  }
}

variable "alarm_cpu_metric" {
  description = "EngineCPUUtilization, or CPUUtilization on nodes of one or two vCPUs."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["EngineCPUUtilization", "CPUUtilization"], var.alarm_cpu_metric)
    error_message = "EngineCPUUtilization or CPUUtilization."
  }
}

variable "alarm_cpu_percent" {
  description = "That metric, beyond which the plan's headroom is in use."
  type        = number
  nullable    = false

  validation {
    condition     = var.alarm_cpu_percent >= 1 && var.alarm_cpu_percent <= 100
    error_message = "A percentage from 1 to 100."
  }
}

variable "alarm_connections" {
  description = "CurrConnections beyond which the plan's headroom is in use."
  type        = number
  nullable    = false

  validation {
    condition     = var.alarm_connections >= 1 && var.alarm_connections <= 65000
    error_message = "From 1 to the 65,000 that a node takes."
  }
}

variable "alarm_network_in_bytes" {
  description = "NetworkBytesIn of a minute beyond which the plan's headroom is in use; null for no alarm."
  type        = number
  default     = null
}

variable "alarm_network_out_bytes" {
  description = "NetworkBytesOut of a minute beyond which the plan's headroom is in use; null for no alarm."
  type        = number
  default     = null
}

# ── decided by you: the account's network and rules ──

variable "subnet_ids" {
  description = "Subnets of the nodes; of two or more Availability Zones for Multi-AZ."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) >= (var.multi_az_enabled ? 2 : 1)
    error_message = "Name a subnet, and two or more for Multi-AZ."
  }
}

variable "security_group_ids" {
  description = "Security groups of the nodes; they let your clients in on the port."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.security_group_ids) >= 1
    error_message = "Name a security group: without one the VPC's default group applies."
  }
}

variable "user_group_ids" {
  description = "User groups (RBAC) that may connect. Passwords stay in them, never in this state."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.user_group_ids) <= 1
    error_message = "A replication group has at most one user group."
  }

  validation {
    condition     = length(var.user_group_ids) == 0 || var.transit_encryption_enabled
    error_message = "A user group needs transit_encryption_enabled."
  }
}

variable "kms_key_id" {
  description = "Customer managed key for encryption at rest; null for the service's own."
  type        = string
  default     = null
}

variable "port" {
  description = "Where the nodes listen."
  type        = number
  default     = 6379
  nullable    = false

  validation {
    condition     = var.port >= 1 && var.port <= 65535 && var.port == floor(var.port)
    error_message = "A port is a whole number from 1 to 65535."
  }
}

variable "maintenance_window" {
  description = "As in sun:05:00-sun:06:00, UTC; null lets AWS choose."
  type        = string
  default     = null
}

variable "apply_immediately" {
  description = "Whether changes wait for the maintenance window."
  type        = bool
  default     = false
  nullable    = false
}

variable "tags" {
  description = "Tags of everything made here."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "alarm_actions" {
  description = "ARNs that are told when an alarm goes off and when it is over, as of SNS topics; none for no alarms."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "log_groups" {
  description = "CloudWatch log groups for the slow log and the engine's log; they exist already. Null for no delivery."
  type = object({
    slow   = optional(string)
    engine = optional(string)
  })
  default  = {}
  nullable = false
}
