//! Ways to gain more than one was given in AWS: sets of actions that together are an escalation (pathfinding.cloud).

use super::policy::{Allowed, Identity};
use crate::kernel::arrange::Arrange as _;

/// A way to escalate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method {
    /// The actions that it takes, as AWS writes them.
    pub actions: &'static [&'static str],
    /// Whether it is open on every resource and without condition.
    pub allowed: Allowed,
}

/// The sets; each action must be allowed.
const SETS: &[&[&str]] = &[
    &["iam:CreateAccessKey"],
    &["iam:CreateLoginProfile"],
    &["iam:UpdateLoginProfile"],
    &["iam:AddUserToGroup"],
    &["iam:CreatePolicyVersion"],
    &["iam:SetDefaultPolicyVersion"],
    &["iam:AttachUserPolicy"],
    &["iam:AttachGroupPolicy"],
    &["iam:AttachRolePolicy"],
    &["iam:PutUserPolicy"],
    &["iam:PutGroupPolicy"],
    &["iam:PutRolePolicy"],
    &["iam:UpdateAssumeRolePolicy"],
    &["glue:UpdateDevEndpoint"],
    &["lambda:UpdateFunctionCode"],
    &["cloudformation:UpdateStack"],
    &["ssm:SendCommand"],
    &["ssm:StartSession"],
    &["ec2-instance-connect:SendSSHPublicKey"],
    &["ec2-instance-connect:SendSerialConsoleSSHPublicKey"],
    &["sagemaker:CreatePresignedNotebookInstanceUrl"],
    &["codebuild:UpdateProject", "codebuild:StartBuild"],
    &[
        "ec2:ModifyInstanceAttribute",
        "ec2:StopInstances",
        "ec2:StartInstances",
    ],
    &["iam:PassRole", "ec2:RunInstances"],
    &["iam:PassRole", "ec2:RequestSpotInstances"],
    &["iam:PassRole", "ec2:AssociateIamInstanceProfile"],
    &[
        "iam:PassRole",
        "lambda:CreateFunction",
        "lambda:InvokeFunction",
    ],
    &[
        "iam:PassRole",
        "lambda:CreateFunction",
        "lambda:CreateEventSourceMapping",
    ],
    &[
        "iam:PassRole",
        "lambda:CreateFunction",
        "lambda:AddPermission",
    ],
    &["iam:PassRole", "glue:CreateDevEndpoint"],
    &["iam:PassRole", "glue:CreateJob", "glue:StartJobRun"],
    &["iam:PassRole", "glue:CreateJob", "glue:CreateTrigger"],
    &["iam:PassRole", "glue:UpdateJob", "glue:StartJobRun"],
    &["iam:PassRole", "glue:UpdateJob", "glue:CreateTrigger"],
    &["iam:PassRole", "cloudformation:CreateStack"],
    &[
        "iam:PassRole",
        "cloudformation:CreateStackSet",
        "cloudformation:CreateStackInstances",
    ],
    &["iam:PassRole", "cloudformation:UpdateStackSet"],
    &["iam:PassRole", "datapipeline:CreatePipeline"],
    &[
        "iam:PassRole",
        "codebuild:CreateProject",
        "codebuild:StartBuild",
    ],
    &[
        "iam:PassRole",
        "codebuild:CreateProject",
        "codebuild:StartBuildBatch",
    ],
    &["iam:PassRole", "ecs:RegisterTaskDefinition", "ecs:RunTask"],
    &[
        "iam:PassRole",
        "ecs:RegisterTaskDefinition",
        "ecs:StartTask",
    ],
    &[
        "iam:PassRole",
        "ecs:RegisterTaskDefinition",
        "ecs:CreateService",
    ],
    &["iam:PassRole", "sagemaker:CreateNotebookInstance"],
    &["iam:PassRole", "sagemaker:CreateTrainingJob"],
    &["iam:PassRole", "sagemaker:CreateProcessingJob"],
    &["iam:PassRole", "apprunner:CreateService"],
];

/// The ways open to a principal, the surest first.
pub fn methods(identity: &Identity) -> Vec<Method> {
    let mut found: Vec<Method> = SETS
        .iter()
        .filter_map(|actions| {
            let each = actions
                .iter()
                .map(|action| identity.allows(&action.to_ascii_lowercase()));
            let allowed = each.min().unwrap_or(Allowed::No);
            (allowed != Allowed::No).then_some(Method { actions, allowed })
        })
        .collect();
    found.arrange_by_key(|method| std::cmp::Reverse(method.allowed));
    found
}

/// The ways in words, a few of them by name.
pub fn describe(methods: &[Method]) -> String {
    const SHOWN: usize = 3;
    let names = methods.iter().take(SHOWN).map(|m| m.actions.join(" + "));
    let names: Vec<String> = names.collect();
    let more = methods.len().saturating_sub(SHOWN);
    let more = match more {
        0 => String::new(),
        more => format!(" and {more} other ways"),
    };
    format!("{}{more}", names.join(", "))
}
