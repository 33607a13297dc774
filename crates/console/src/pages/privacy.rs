//! What is kept of a person, and what stays when the person is forgotten: said plainly, to everybody.

use axum::extract::Extension;
use axum::response::Response;
use maud::html;

use crate::layout::{document, language};
use crate::seat::Visitor;

pub(crate) async fn page(Extension(visitor): Extension<Visitor>) -> Response {
    let lang = visitor.lang;
    let body = html! {
        main {
            p { a href="/" { "课时 Keshi" } " · " (language(lang, "/privacy")) }
            h1 { (lang.of("个人信息与留存", "Personal data and what stays")) }
            div.card {
                h2 { (lang.of("保存什么", "What is kept")) }
                p { (lang.of(
                    "姓名、身份证号、手机号加密保存：每名学员一把密钥，密钥再由主密钥加密，主密钥不在数据库中。查找只用带密钥的散列。",
                    "Name, identity-card number and phone are sealed: a key for each trainee, itself sealed by a master key that is not in the database. Look-up goes by keyed hashes alone.")) }
                p { (lang.of(
                    "页面默认遮盖（张*，370102********1234）。查看完整信息须有权限并填写事由；每次查看学习记录都记入审计日志。",
                    "Pages mask by default (张*, 370102********1234). Seeing them whole takes a right and a reason, and every look at a record is written to the audit log.")) }
                h2 { (lang.of("遗忘一个人", "Forgetting a person")) }
                p { (lang.of(
                    "销毁该学员的密钥、密文与散列，此后任何人（包括持有主密钥者）都无法从数据库恢复；数据库备份中的旧副本在备份到期后消失。",
                    "The trainee's key, ciphertexts and hashes are destroyed: nobody, not even the holder of the master key, can restore them from the database. Old copies in backups are gone when the backups expire.")) }
                h2 { (lang.of("什么留下来", "What stays")) }
                p { (lang.of(
                    "日志只追加、不修改，是补贴可审计的根据。以下内容以不含身份的学员编号保存，遗忘之后仍在：",
                    "The log is only ever added to: it is what makes subsidies auditable. The following is kept under an opaque trainee id, and stays after forgetting:")) }
                table {
                    thead { tr { th { (lang.of("内容", "What")) } th { (lang.of("在哪里", "Where")) } th { (lang.of("留存", "Kept")) } } }
                    tbody {
                        tr { td { (lang.of("签到：IP 地址、设备、浏览器标识、位置（平台提供时）", "Sign-ins: IP address, device, user agent, location where a platform sends it")) } td { (lang.of("日志、轨迹", "log, trail")) } td { (lang.of("与补贴档案同期，不单独删除", "as long as the subsidy files; never removed alone")) } }
                        tr { td { (lang.of("看课片段、在场验证、测验得分与所选答案", "Stretches watched, presence checks, quiz scores and chosen answers")) } td { (lang.of("日志、轨迹、学习记录", "log, trail, study record")) } td { (lang.of("同上", "the same")) } }
                        tr { td { (lang.of("提问与答疑的文字（学员自己可能写入个人信息）", "Texts of questions and answers (in which trainees may have written personal data themselves)")) } td { (lang.of("日志、轨迹", "log, trail")) } td { (lang.of("同上", "the same")) } }
                        tr { td { (lang.of("户籍区县、人员类别、报名", "District of household registration, category, enrolments")) } td { (lang.of("登记簿", "register")) } td { (lang.of("同上", "the same")) } }
                        tr { td { (lang.of("谁在何时因何查看", "Who looked when, and why")) } td { (lang.of("审计日志", "audit log")) } td { (lang.of("同上", "the same")) } }
                        tr { td { (lang.of("已经导出的花名册与证据包", "Rosters and evidence bundles that were handed out")) } td { (lang.of("收件单位", "with whoever got them")) } td { (lang.of("由收件单位负责", "theirs to answer for")) } }
                    }
                }
            }
        }
    };
    document(lang, lang.of("个人信息与留存", "Personal data and what stays"), body)
}
